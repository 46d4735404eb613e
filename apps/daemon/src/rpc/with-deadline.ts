/**
 * Runs work that ends at `ms` milliseconds at the latest, or when `parent` is aborted. Unlike the signal of
 * `AbortSignal.timeout` nothing of it outlives the work: no timer wakes the process later.
 */
export async function withDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(parent?.reason);
  if (parent?.aborted) abort();
  parent?.addEventListener('abort', abort);
  const timer = setTimeout(() => controller.abort(timeoutError(ms)), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    parent?.removeEventListener('abort', abort);
  }
}

/** Named as the platform names it. */
function timeoutError(ms: number): Error {
  const error = new Error(`No answer within ${ms} ms`);
  error.name = 'TimeoutError';
  return error;
}
