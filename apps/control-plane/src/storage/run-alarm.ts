/**
 * Runs the body of an alarm so that its own errors never get out: a throwing alarm is retried six times and then
 * dropped for good. Only the platform's own resets pass, because a fresh instance has to run the alarm again.
 */
export async function runAlarm(storage: DurableObjectStorage, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (isPlatformReset(error)) throw error;
    console.error('alarm failed', error);
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + RETRY_AFTER_ERROR_MS);
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

/** Arms an object that should be watched and has no alarm at all. An alarm that exists, also a due one, is left alone. */
export async function armIfLost(storage: DurableObjectStorage, wakeAt: number | null): Promise<boolean> {
  if (wakeAt === null || (await storage.getAlarm()) !== null) return false;
  await storage.setAlarm(Math.max(wakeAt, Date.now() + 1));
  return true;
}

/** An alarm this late is stuck, not slow (production alarms can be a minute late during failover). */
const STUCK_AFTER_MS = 120_000;

/** Arms an object whose alarm is lost, or stuck in the past. Called by the sweep, never by a constructor. */
export async function rearm(storage: DurableObjectStorage, wakeAt: number | null): Promise<boolean> {
  if (wakeAt === null) return false;
  const alarm = await storage.getAlarm();
  if (alarm !== null && Date.now() - alarm < STUCK_AFTER_MS) return false;
  await storage.setAlarm(Date.now() + 1);
  return true;
}
