import { errorCatalogue, type ErrorCode } from '@fettle/contract/errors';

interface FailureOptions {
  cause?: unknown;
  /** The input field that was wrong, as a path. */
  field?: string;
  /** What was expected there. */
  expected?: string;
}

/** An error with a code of the shared catalogue. Its message is for people and never repeats input. */
export class HostFailure extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly expected: string | undefined;

  constructor(code: ErrorCode, message: string = errorCatalogue[code].message, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HostFailure';
    this.code = code;
    this.field = options.field;
    this.expected = options.expected;
  }
}

/**
 * Gives any error of a disk, a process or an engine one code of the catalogue.
 * What is not recognised is the provider's failure, because every caller of this was acting through a provider.
 */
export function toHostFailure(error: unknown): HostFailure {
  if (error instanceof HostFailure) return error;
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new HostFailure('DISK_FULL', undefined, { cause: error });
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    return new HostFailure('DEADLINE_EXCEEDED', undefined, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new HostFailure('PROVIDER_FAILED', message.trim().slice(0, 500), { cause: error });
}

/** The `code` of a Node system error such as `ENOENT`, if it is one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
