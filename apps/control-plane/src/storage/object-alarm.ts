/** An alarm this late is stuck, not slow: production alarms can be a minute late during failover. */
const STUCK_AFTER_MS = 90_000;

/** Alarms are set a moment before the record that asks for them is read again. */
const SLACK_MS = 5000;

/**
 * The one alarm of an object, and what is known of it. It is written when it changes only, because each time costs a
 * row, and never to the time of the alarm that runs, because that one would never fire.
 */
export class ObjectAlarm {
  private readonly storage: DurableObjectStorage;
  /** Undefined while nobody has asked the storage; `null` when none is set, also while it runs. */
  private at: number | null | undefined;
  private firedFor: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
  }

  /** The alarm runs: from here on none is set. */
  fired(scheduledTime: number | null): void {
    this.at = null;
    this.firedFor = scheduledTime;
  }

  /** Runs a transaction that sets the alarm, too. When it fails, what was known of the alarm is true no more. */
  transaction<T>(work: () => T): T {
    try {
      return this.storage.transactionSync(work);
    } catch (error) {
      this.at = undefined;
      throw error;
    }
  }

  /** Sets the alarm, or takes it away. Synchronous up to the promise, so that it can be part of a transaction. */
  set(wakeAt: number | null): Promise<void> {
    const at = wakeAt !== null && wakeAt === this.firedFor ? wakeAt + 1 : wakeAt;
    if (at === this.at) return Promise.resolve();
    this.at = at;
    return at === null ? this.storage.deleteAlarm() : this.storage.setAlarm(at);
  }

  /** Sets an alarm where there should be one and is none at all. One that exists, also a due one, is left alone. */
  async setIfLost(wakeAt: number | null): Promise<void> {
    // What is set while the storage is asked is newer than its answer.
    if (this.at === undefined || this.at === null) {
      const found = await this.storage.getAlarm();
      this.at ??= found;
    }
    if (this.at === null && wakeAt !== null) await this.set(Math.max(wakeAt, Date.now() + 1));
  }

  /**
   * Sets an alarm that is lost, stuck in the past, or further away than `latest`, which is null where there needs to be
   * none. True when it had to. Called by the sweep, never by a constructor.
   */
  async repair(latest: number | null): Promise<boolean> {
    if (latest === null) return false;
    const at = await this.storage.getAlarm();
    const now = Date.now();
    const isWell = at !== null && at > now - STUCK_AFTER_MS && at <= latest + SLACK_MS;
    this.at = at;
    if (isWell) return false;
    // A platform that retries a failed alarm makes a new one wait for the next retry, up to 17 minutes; not after a
    // deletion that was committed.
    await this.set(null);
    await this.storage.sync();
    await this.set(now + 1);
    return true;
  }
}
