import type { Platform } from './platform.ts';
import type { Scheduled } from './timeline.ts';

/** First delay before a failed alarm runs again; doubled each time. workerd: `ALARM_RETRY_START_SECONDS`. */
export const RETRY_START_MS = 2_000;
/** Failures that count before an alarm is dropped: one run and six retries. workerd: `ALARM_RETRY_MAX_TRIES`. */
export const RETRY_MAX_TRIES = 6;
/** Doublings at most, so 1,024 s; only failures that do not count get there. workerd: `RETRY_BACKOFF_MAX`. */
export const RETRY_BACKOFF_MAX = 9;
/** Jitter on top of the delay, as a share of it. workerd: `RETRY_JITTER_FACTOR`. */
export const RETRY_JITTER = 0.25;

/**
 * How a run of the alarm ended: well or called off (nothing follows), in a failure that counts, or without an instance
 * that could have run it (does not count).
 */
export type AlarmOutcome = 'done' | 'failed' | 'failed-uncounted';

/** Whose alarm it is. */
export interface AlarmTarget {
  readonly id: string;
  runAlarm(scheduledTime: number, retryCount: number): void;
  /** The platform gave the alarm up. */
  alarmDropped(scheduledTime: number): void;
}

/**
 * The platform's copy of one object's alarm. It is not the stored one: it is told of every change, keeps retries in
 * memory, and has its own durable note of the last time it was told.
 */
export class AlarmSchedule {
  /** `retrying`: between two runs of the same alarm. */
  private status: 'none' | 'waiting' | 'running' | 'retrying' = 'none';
  private time = 0;
  private queued: number | null = null;
  private noted: number | null = null;
  private countedRetries = 0;
  private backoff = 0;
  private lastFailureCounted = false;
  private due: Scheduled | null = null;
  private readonly platform: Platform;
  private readonly target: AlarmTarget;

  constructor(platform: Platform, target: AlarmTarget) {
    this.platform = platform;
    this.target = target;
  }

  /** The object stored another alarm. During a run, and between retries, it has to wait for the next one of those. */
  set(at: number): void {
    this.noted = at;
    if (this.status === 'running' || this.status === 'retrying') this.queued = at;
    else this.wait(at);
  }

  /** The object deleted its alarm. A run that goes on is not stopped. */
  delete(): void {
    this.noted = null;
    this.queued = null;
    if (this.status !== 'running') this.forget();
  }

  /** A run ended. */
  finish(outcome: AlarmOutcome): void {
    // A process that ended in the meantime has forgotten the run.
    if (this.status !== 'running') return;
    if (this.queued !== null) return this.wait(this.queued);
    if (outcome === 'done') {
      this.noted = null;
      return this.forget();
    }
    this.retry(outcome === 'failed');
  }

  /** Loses everything but the durable note: the process ended. */
  forget(): void {
    this.platform.timeline.cancel(this.due);
    this.due = null;
    this.status = 'none';
    this.queued = null;
  }

  /** Goes on from the durable note in a new process; what is due fires at once. */
  restore(): void {
    if (this.noted !== null) this.wait(this.noted);
  }

  /** Loses the alarm without the object's knowledge. It will not fire, in this process or another one. */
  lose(): void {
    this.noted = null;
    this.forget();
  }

  private wait(at: number): void {
    const { platform } = this;
    platform.timeline.cancel(this.due);
    this.status = 'waiting';
    this.time = at;
    this.queued = null;
    this.countedRetries = 0;
    this.backoff = 0;
    this.lastFailureCounted = false;
    this.due = platform.timeline.schedule(at - platform.clockOffsetMs, onDue, this, false);
  }

  private retry(counts: boolean): void {
    if (this.countedRetries >= RETRY_MAX_TRIES) {
      this.lose();
      return this.target.alarmDropped(this.time);
    }
    if (counts) {
      this.countedRetries += 1;
      if (!this.lastFailureCounted) this.backoff = 0;
    }
    this.lastFailureCounted = counts;
    const delay = RETRY_START_MS * 2 ** Math.min(this.backoff, RETRY_BACKOFF_MAX);
    const jitter = Math.floor(this.platform.random() * RETRY_JITTER * delay);
    this.backoff += 1;
    this.status = 'retrying';
    const { timeline } = this.platform;
    this.due = timeline.schedule(timeline.now + delay + jitter, onDue, this, true);
  }

  /** Fires, unless the clock was set back meanwhile, or it is one that fires late. */
  fire(surely: boolean): void {
    const { platform } = this;
    if (!surely) {
      const early = this.time - platform.clock();
      const late = early > 0 ? 0 : (platform.alarmLateness?.(this.target.id) ?? 0);
      if (early > 0 || late > 0) {
        this.due = platform.timeline.schedule(platform.timeline.now + early + late, onDue, this, late > 0);
        return;
      }
    }
    this.due = null;
    this.status = 'running';
    this.target.runAlarm(this.time, this.countedRetries);
  }
}

function onDue(schedule: AlarmSchedule, surely: boolean): void {
  schedule.fire(surely);
}
