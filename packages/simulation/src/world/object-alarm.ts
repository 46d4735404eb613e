/** The one alarm of an object as the control plane keeps it: written when it changes only, never to the time that fires. */
import { CallFailure, InstanceAborted, StaleInstance } from '../runtime/call-failure.ts';
import type { Turns, Wait } from '../runtime/turns.ts';

/** The storage has everything: a turn ends, and nothing else is let in. */
const SYNC: Wait<null> = { label: 'sync', begin: (caller) => caller.reply(null) };

/** What these rules need of an object. */
type Alarmed = { now(): number; getAlarm(): number | null; setAlarm(at: number): void; deleteAlarm(): void };

/** An alarm this late is stuck, not slow. */
const STUCK_AFTER_MS = 90_000;

/** Alarms are set a moment before the record that asks for them is read again. */
const SLACK_MS = 5000;

/** Soon enough to go on, late enough not to spin on a bug. */
const RETRY_AFTER_ERROR_MS = 15_000;

export class ObjectAlarm {
  private readonly context: Alarmed;
  /** Undefined while nobody has asked the storage. */
  private at: number | null | undefined;
  private firedFor: number | null = null;

  constructor(context: Alarmed) {
    this.context = context;
  }

  /** The alarm runs: from here on none is set. */
  fired(scheduledTime: number): void {
    this.at = null;
    this.firedFor = scheduledTime;
  }

  set(wakeAt: number | null): void {
    const at = wakeAt !== null && wakeAt === this.firedFor ? wakeAt + 1 : wakeAt;
    if (at === this.at) return;
    if (at === null) this.context.deleteAlarm();
    else this.context.setAlarm(at);
    this.at = at;
  }

  setIfLost(wakeAt: number | null): void {
    this.at ??= this.context.getAlarm();
    if (this.at === null && wakeAt !== null) this.set(Math.max(wakeAt, this.context.now() + 1));
  }

  /** Whether the alarm is neither lost, nor stuck in the past, nor later than it may be. */
  isWell(latest: number | null): boolean {
    if (latest === null) return true;
    const at = this.context.getAlarm();
    this.at = at;
    return at !== null && at > this.context.now() - STUCK_AFTER_MS && at <= latest + SLACK_MS;
  }

  /**
   * Sets an alarm that is not well. A platform that retries a failed alarm makes a new one wait for the next retry, up
   * to 17 minutes; not after a deletion that was committed.
   */
  *repair(): Turns<void> {
    this.set(null);
    yield SYNC;
    this.set(this.context.now() + 1);
  }
}

/** An alarm's own errors never get out, or the platform would drop it; only those of the platform pass. */
export function outliveError(context: Alarmed, error: unknown): void {
  if (isPlatformReset(error)) throw error;
  const next = context.getAlarm();
  if (next === null || next <= context.now()) context.setAlarm(context.now() + RETRY_AFTER_ERROR_MS);
}

function isPlatformReset(error: unknown): boolean {
  return (
    error instanceof StaleInstance ||
    error instanceof InstanceAborted ||
    (error instanceof CallFailure && error.durableObjectReset)
  );
}
