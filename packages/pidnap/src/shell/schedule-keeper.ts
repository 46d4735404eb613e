import type { ProcessDefinition } from '../contract/definition.ts';
import type { nextTime } from '../core/schedule.ts';

/** A clock that was set is noticed within this time. */
const LOOK_AGAIN_MS = 60_000;

/** The clock went back by more than this: times are computed anew. Less, and a time that was due is not due again. */
const SET_BACK_MS = 60_000;

/** Calls back at the times of one schedule, which are times of the wall clock, whatever is done to that clock. */
export class ScheduleKeeper {
  readonly #onDue: () => void;
  #schedule: ProcessDefinition['schedule'];
  #nextTime: typeof nextTime = () => null;
  #next: number | null = null;
  #lastLook = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** The next time, in milliseconds since 1970; null without a schedule, or when no time ever comes. */
  get next(): number | null {
    return this.#next;
  }

  /** Follows this schedule from now on; undefined: none. Times that were missed meanwhile are not made up for. */
  follow(schedule: ProcessDefinition['schedule']): void {
    this.close();
    if (schedule) void this.#begin(schedule);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#schedule = undefined;
    this.#next = null;
  }

  /** What computes times is loaded for those who have a schedule: it takes as long to load as some processes to start. */
  async #begin(schedule: NonNullable<ProcessDefinition['schedule']>): Promise<void> {
    this.#schedule = schedule;
    const loaded = await import('../core/schedule.ts');
    if (this.#schedule !== schedule) return;
    this.#nextTime = loaded.nextTime;
    this.#lastLook = Date.now();
    this.#plan(this.#lastLook);
  }

  #plan(now: number): void {
    this.#next = this.#schedule ? this.#nextTime(this.#schedule, now) : null;
    this.#arm(now);
  }

  #arm(now: number): void {
    clearTimeout(this.#timer);
    if (this.#next === null) return;
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.max(this.#next - now, 0), LOOK_AGAIN_MS));
  }

  #look(): void {
    const now = Date.now();
    const wasSetBack = now < this.#lastLook - SET_BACK_MS;
    this.#lastLook = now;
    if (wasSetBack) return this.#plan(now);
    if (this.#next === null || now < this.#next) return this.#arm(now);
    // However many times were passed while the machine slept, the process is due once.
    this.#plan(now);
    this.#onDue();
  }
}
