/**
 * Does something with a signal that aborts after `ms`. Unlike `AbortSignal.timeout`, whose timer goes on when the work
 * is done: an object with a timer is kept in memory, and billed, until it has fired.
 */
export async function withTimeLimit<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException(`There was no answer within ${ms} ms`, 'TimeoutError')),
    ms,
  );
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
