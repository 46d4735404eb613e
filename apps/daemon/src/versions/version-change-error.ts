import { redact } from '@fettle/core/redaction';
import {
  DISK_FULL_EXIT_CODE,
  type VersionChangeCode,
  type VersionChangeFailure,
  type VersionChangeStep,
} from '@fettle/contract';

/** Exit code of `versions apply` for each step that can fail; 0 is success and 1 a crash without a result. */
export const EXIT_CODES: Record<VersionChangeStep, number> = {
  input: 2,
  lock: 10,
  fence: 11,
  fetch: 12,
  resolve: 13,
  checkout: 14,
  install: 15,
  verify: 16,
  switch: 17,
  restart: 18,
};

const MAX_MESSAGE = 2000;

/** A version change that ended badly at a known step. Its message holds no password of a URL. */
export class VersionChangeError extends Error {
  readonly step: VersionChangeStep;
  readonly code: VersionChangeCode;

  constructor(
    { step, code, message }: { step: VersionChangeStep; code: VersionChangeCode; message: string },
    options?: ErrorOptions,
  ) {
    super(redact(message), options);
    this.name = 'VersionChangeError';
    this.step = step;
    this.code = code;
  }

  get exitCode(): number {
    return this.code === 'DISK_FULL' ? DISK_FULL_EXIT_CODE : EXIT_CODES[this.step];
  }

  /** The result line. The end of a long message is kept: that is where tools say what went wrong. */
  toResult(): VersionChangeFailure {
    const message =
      this.message.length <= MAX_MESSAGE ? this.message : `…${this.message.slice(1 - MAX_MESSAGE)}`;
    return { ok: false, step: this.step, code: this.code, message };
  }
}

/** Runs one step; whatever it throws becomes a `VersionChangeError` of that step. */
export async function inStep<T>(step: VersionChangeStep, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VersionChangeError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new VersionChangeError({ step, code: codeOf(error, message), message }, { cause: error });
  }
}

function codeOf(error: unknown, message: string): VersionChangeCode {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || /no space left on device/i.test(message)) return 'DISK_FULL';
  return 'INTERNAL';
}
