import { log } from '../log.ts';
/**
 * Runs the body of an alarm so that its own errors never get out: a throwing alarm is retried six times and then
 * dropped for good. Only the platform's own resets pass, because a fresh instance has to run the alarm again.
 */
export async function runAlarm(storage: DurableObjectStorage, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (isPlatformReset(error)) throw error;
    log.error('alarm failed', error);
    // After a transaction that was rolled back, the time of the alarm that fired is there again, and never fires.
    const next = await storage.getAlarm();
    if (next === null || next <= Date.now()) await storage.setAlarm(Date.now() + RETRY_AFTER_ERROR_MS);
  }
}

/** Soon enough to go on, late enough not to spin on a bug. */
const RETRY_AFTER_ERROR_MS = 15_000;

/** Errors that mean that this instance is finished while its storage is healthy (cloudflare/agents keeps such a list). */
function isPlatformReset(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('durableObjectReset' in error && error.durableObjectReset === true) return true;
  const message = error instanceof Error ? error.message : '';
  return /code was updated|script has been upgraded|Network connection lost/.test(message);
}
