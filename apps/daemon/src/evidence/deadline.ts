/** The time that something may take. */
export type Deadline = {
  /** What is left in milliseconds, at least 1: a limit of 0 would be none. */
  remainingMs: () => number;
  /** Aborts when the time is up. */
  signal: AbortSignal;
};

/** A deadline from now. */
export function deadlineIn(milliseconds: number): Deadline {
  const endAt = performance.now() + milliseconds;
  const remainingMs = () => Math.max(1, Math.floor(endAt - performance.now()));
  return { remainingMs, signal: AbortSignal.timeout(remainingMs()) };
}
