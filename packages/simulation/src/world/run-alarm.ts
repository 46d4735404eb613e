/** What keeps an object's alarm alive in production, for the simulated objects. */
import { CallFailure, InstanceAborted, StaleInstance } from '../runtime/call-failure.ts';

/** What these rules need of an object. */
type Armed = { now(): number; getAlarm(): number | null; setAlarm(at: number): void };

/** Soon enough to go on, late enough not to spin on a bug. */
const RETRY_AFTER_ERROR_MS = 15_000;

/** An alarm this late is stuck, not slow. */
const STUCK_AFTER_MS = 90_000;

/** An alarm's own errors never get out, or the platform would drop it; only those of the platform pass. */
export function outliveError(context: Armed, error: unknown): void {
  if (isPlatformReset(error)) throw error;
  if (context.getAlarm() === null) context.setAlarm(context.now() + RETRY_AFTER_ERROR_MS);
}

function isPlatformReset(error: unknown): boolean {
  return (
    error instanceof StaleInstance ||
    error instanceof InstanceAborted ||
    (error instanceof CallFailure && error.durableObjectReset)
  );
}

/** Arms an object that should be watched and has no alarm at all. */
export function armIfLost(context: Armed, wakeAt: number | null): void {
  if (wakeAt === null || context.getAlarm() !== null) return;
  context.setAlarm(Math.max(wakeAt, context.now() + 1));
}

/**
 * Arms an object whose alarm is lost, stuck in the past, or later than it may be: set by a clock that was ahead. Called
 * by the sweep, never by a constructor. True when it had to.
 */
export function rearm(context: Armed, latest: number | null): boolean {
  if (latest === null) return false;
  const alarm = context.getAlarm();
  const now = context.now();
  if (alarm !== null && now - alarm < STUCK_AFTER_MS && alarm <= Math.max(latest, now)) return false;
  context.setAlarm(now + 1);
  return true;
}
