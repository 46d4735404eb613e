/** Everything that can go wrong here, and whether the same call can succeed later. */
const CODES = {
  /** ClickHouse is not there for this platform (e.g. musl, Windows): a caller can go on without the engine. */
  NO_BINARY: { retryable: false },
  /** Another engine has the folder open. */
  FOLDER_IN_USE: { retryable: true },
  FOLDER_UNUSABLE: { retryable: false },
  PORT_TAKEN: { retryable: true },
  DISK_FULL: { retryable: true },
  /** More is on its way than the disk takes, or more queries than can run. */
  OVERLOADED: { retryable: true },
  /** The engine is closing. */
  CLOSED: { retryable: false },
  QUERY_TIMEOUT: { retryable: false },
  /** The query would need more memory, or give a larger answer, than it may. */
  QUERY_TOO_LARGE: { retryable: false },
  /** ClickHouse refused a query that the dialect let through. */
  QUERY_FAILED: { retryable: false },
  INTERNAL: { retryable: true },
} as const;

export type EngineErrorCode = keyof typeof CODES;

/** The one error of this package. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  readonly retryable: boolean;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = CODES[code].retryable;
  }
}
