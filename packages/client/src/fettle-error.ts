import { errorCatalogue, type ErrorCode, type ErrorData } from '@fettle/contract/errors';
import { ORPCError } from '@orpc/client';
import type { Heard } from './heard.ts';

/**
 * Codes of the control plane, and what can go wrong on the way to it. `CONNECTION_FAILED`: nothing was reached, or the
 * connection broke before an answer. `UNEXPECTED_ANSWER`: something answered that is no control plane, or a newer one.
 */
export type FettleErrorCode = ErrorCode | 'CONNECTION_FAILED' | 'UNEXPECTED_ANSWER';

type Told = {
  /** HTTP status; `null` when there was no answer. */
  status: number | null;
  /** Whether the same call can succeed later. */
  retryable: boolean;
  /** The field of the input that was wrong, such as `template.services.0.port`, and what was expected there. */
  field: string | null;
  expected: string | null;
  /** Names the call in the control plane's logs and audit log; `null` when there was no answer. */
  requestId: string | null;
  /** What the answer asked to wait before the next call; `null` when it said nothing. */
  retryAfterMs: number | null;
};

/** What every call of the client rejects with, except when the caller's own signal ended it. */
export class FettleError extends Error implements Told {
  override readonly name = 'FettleError';
  readonly code: FettleErrorCode;
  readonly status: number | null;
  readonly retryable: boolean;
  readonly field: string | null;
  readonly expected: string | null;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;

  constructor(code: FettleErrorCode, message: string, told: Partial<Told>, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = told.status ?? null;
    this.retryable = told.retryable ?? false;
    this.field = told.field ?? null;
    this.expected = told.expected ?? null;
    this.requestId = told.requestId ?? null;
    this.retryAfterMs = told.retryAfterMs ?? null;
  }
}

/** Whatever one attempt was rejected with, as a `FettleError`; `heard` is what its answer's head said, if one came. */
export function asFettleError(error: unknown, heard: Heard): FettleError {
  const { status, requestId, retryAfterMs } = heard;
  if (error instanceof FettleError) return error;
  if (isTimeout(error)) {
    const { message } = errorCatalogue.DEADLINE_EXCEEDED;
    return new FettleError('DEADLINE_EXCEEDED', message, { status, requestId, retryable: true }, error);
  }
  if (error instanceof ORPCError && isKnown(error.code)) {
    const told = { ...detailsOf(error.code, error.data), status, requestId, retryAfterMs };
    return new FettleError(error.code, error.message, told, error);
  }
  if (status === null) {
    const message = 'The control plane could not be reached';
    return new FettleError('CONNECTION_FAILED', message, { retryable: true }, error);
  }
  const message = `What answered, with status ${status}, is not the control plane that was expected`;
  const told = { status, requestId, retryAfterMs, retryable: status >= 500 };
  return new FettleError('UNEXPECTED_ANSWER', message, told, error);
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

/** What the catalogue says counts where the answer does not say it. */
function detailsOf(code: ErrorCode, data: unknown): Partial<Told> {
  const { retryable, field, expected }: Partial<Record<keyof ErrorData, unknown>> =
    typeof data === 'object' && data !== null ? data : {};
  return {
    retryable: typeof retryable === 'boolean' ? retryable : errorCatalogue[code].retryable,
    field: typeof field === 'string' ? field : null,
    expected: typeof expected === 'string' ? expected : null,
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
