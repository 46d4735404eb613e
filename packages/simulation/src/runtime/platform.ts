import type { CrashChooser } from './crash-point.ts';
import type { Timeline } from './timeline.ts';

/** What a world decides about the platform below its objects. All of it may be left out: then nothing ever fails. */
export type PlatformOptions = {
  timeline: Timeline;
  /** A number from 0 to below 1, for the jitter of retries. Seeded by the world; 0 without. */
  random?: () => number;
  /** How many ms an alarm fires late; asked once per firing. */
  alarmLateness?: (id: string) => number;
  /** Decides at every crash point. */
  crash?: CrashChooser;
  /** An object idle for this long is gone from memory at its next event. The platform takes 10 s. */
  idleMs?: number;
};

/** What all simulated objects share. */
export class Platform {
  readonly timeline: Timeline;
  readonly random: () => number;
  readonly idleMs: number;
  alarmLateness: ((id: string) => number) | null;
  crash: CrashChooser | null;
  /** The process is gone: no alarm fires, no call arrives. */
  down = false;
  /** Wall clock of the objects minus true time. */
  clockOffsetMs = 0;
  /** Ends the process; the runtime says how. */
  killAll: () => void = () => undefined;

  constructor(options: PlatformOptions) {
    this.timeline = options.timeline;
    this.random = options.random ?? (() => 0);
    this.idleMs = options.idleMs ?? 10_000;
    this.alarmLateness = options.alarmLateness ?? null;
    this.crash = options.crash ?? null;
  }

  /** The wall clock of the objects. */
  clock(): number {
    return this.timeline.now + this.clockOffsetMs;
  }
}
