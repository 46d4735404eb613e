import type { CrashChooser } from './crash-point.ts';
import type { Timeline } from './timeline.ts';
import type { Caller } from './turns.ts';

/** An object that idled for this long, or by chance up to twice as long, is gone from memory at its next event. */
const IDLE_MS = 10_000;

/** Learns what the code of an object let out of a constructor or method. */
export type ThrownListener = (id: string, method: string, error: unknown) => void;

/** What all simulated objects share. */
export class Platform {
  readonly timeline: Timeline;
  readonly random: () => number;
  alarmLateness: ((id: string) => number) | null = null;
  crash: CrashChooser | null = null;
  thrown: ThrownListener | null = null;
  /** The process is gone: no alarm fires, no call arrives. */
  down = false;
  /** Wall clock of the objects minus true time, in ms. */
  clockOffsetMs = 0;
  /** Ends the process with everything in it. */
  readonly killAll: () => void;

  constructor(timeline: Timeline, random: () => number, killAll: () => void) {
    this.timeline = timeline;
    this.random = random;
    this.killAll = killAll;
  }

  /** The wall clock of the objects. */
  clock(): number {
    return this.timeline.now + this.clockOffsetMs;
  }

  /** Whether an object that was idle for so long is gone. */
  dropsAfter(idleMs: number): boolean {
    return idleMs >= IDLE_MS && idleMs >= IDLE_MS * (1 + this.random());
  }

  /** Failures of the platform arrive as events of their own, after the turn in which they came about. */
  failSoon(caller: Caller<unknown> | null, failure: Error): void {
    if (caller !== null) this.timeline.schedule(this.timeline.now, deliverFailure, caller, failure);
  }
}

function deliverFailure(caller: Caller<unknown>, failure: Error): void {
  caller.fail(failure);
}
