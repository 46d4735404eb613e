import TinyQueue from 'tinyqueue';

/** Something that will happen; pass it to `cancel` to prevent that. */
export type Scheduled = {
  readonly at: number;
  readonly priority: number;
  readonly seq: number;
  /** `null` once it has happened or was cancelled. */
  run: ((subject: never, detail: never) => void) | null;
  readonly subject: unknown;
  readonly detail: unknown;
};

/**
 * Virtual time: everything that will happen in a world, in one order. What is due at the same time happens by priority
 * (lower first), then in the order in which it was scheduled, so that a run depends on nothing but its input.
 */
export class Timeline {
  /** Milliseconds of true time. It never goes back. */
  now: number;
  private readonly queue = new TinyQueue<Scheduled>([], inOrder);
  private seq = 0;

  constructor(startAt: number) {
    this.now = startAt;
  }

  /**
   * Has `run(subject, detail)` happen at `at`, or now when that has passed. A subject and a detail instead of a closure,
   * because millions of these are made.
   */
  schedule<Subject, Detail>(
    at: number,
    run: (subject: Subject, detail: Detail) => void,
    subject: Subject,
    detail: Detail,
    priority = 0,
  ): Scheduled {
    this.seq += 1;
    const scheduled: Scheduled = {
      at: at > this.now ? at : this.now,
      priority,
      seq: this.seq,
      run,
      subject,
      detail,
    };
    this.queue.push(scheduled);
    return scheduled;
  }

  /** Prevents it, if it did not happen yet. */
  cancel(scheduled: Scheduled | null): void {
    if (scheduled !== null) scheduled.run = null;
  }

  /** When the next thing happens; `null` when nothing ever will. */
  nextAt(): number | null {
    let next = this.queue.peek();
    while (next !== undefined && next.run === null) {
      this.queue.pop();
      next = this.queue.peek();
    }
    return next?.at ?? null;
  }

  /** Lets the next thing happen, and moves the time to it. False when there is none. */
  advance(): boolean {
    let next = this.queue.pop();
    while (next !== undefined && next.run === null) next = this.queue.pop();
    if (next === undefined) return false;
    const run = next.run as (subject: unknown, detail: unknown) => void;
    next.run = null;
    this.now = next.at;
    run(next.subject, next.detail);
    return true;
  }

  /** Lets everything happen that is due until `time`, and moves the time there. */
  runUntil(time: number): void {
    for (let at = this.nextAt(); at !== null && at <= time; at = this.nextAt()) this.advance();
    if (time > this.now) this.now = time;
  }
}

function inOrder(a: Scheduled, b: Scheduled): number {
  return a.at - b.at || a.priority - b.priority || a.seq - b.seq;
}
