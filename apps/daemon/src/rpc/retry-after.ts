/** The longest wait that is believed: whoever asks for more is taken for broken. */
const MOST_MS = 600_000;

/** The error, with how long its answer asked to be waited (`retry-after`, in seconds) where it says so. */
export function withRetryAfter<E extends Error>(error: E, header: string | undefined): E {
  const seconds = /^\d{1,6}$/.test(header ?? '') ? Number(header) : null;
  return seconds === null ? error : Object.assign(error, { retryAfterMs: seconds * 1000 });
}

/** How long to wait before the same is tried again, where an error says so; at most ten minutes. */
export function retryAfterMs(error: unknown): number | undefined {
  const { retryAfterMs: told } = (error ?? {}) as { retryAfterMs?: unknown };
  return typeof told === 'number' ? Math.min(told, MOST_MS) : undefined;
}
