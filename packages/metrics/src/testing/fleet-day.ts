// A day of a small fleet, for tests that ask questions of it: what machines measured and when it was written.
import type {
  MachineIdentity,
  MetricPoint,
  ProcessPoint,
  ResourcePoint,
  ServiceState,
  VersionSet,
} from '@fettle/contract';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A point on its way into the dataset. Times are Unix milliseconds. */
export type WrittenPoint = {
  identity: MachineIdentity;
  bootId: string;
  versions: VersionSet;
  point: MetricPoint;
  measuredAt: number;
  writtenAt: number;
  /** How many points it stands for: more than 1 where Analytics Engine would sample. */
  weight: number;
  /** It is in the dataset a second time, because the machine got no answer. */
  repeat: boolean;
};

/** What is told apart by the kind of point only. */
type Own<Point extends MetricPoint> = Point extends unknown
  ? Omit<Point, 'seq' | 'ageMs' | 'droppedBefore'>
  : never;

/** What happens in that day, for the tests that look for it. */
export const STORY = {
  /** Cannot tell its cpu for an hour, and its memory now and then. */
  forgetful: 'demo.web-2.1',
  /** Wrote nothing in the last two hours. */
  silent: 'demo.web-3.1',
  /** Was cut off for two hours, dropped 20 points and wrote the rest at once; repeats some as well. */
  cutOff: 'demo.web-4.1',
  dropped: 20,
  /** Every 50th of its points is written twice. */
  repeating: 'demo.web-5.1',
  /** Replaced by `successor` ten hours before the end. */
  replaced: 'demo.web-6.1',
  successor: 'demo.web-6.2',
  /** Is busier in the second half of the day, of which only one in ten points is kept, with a weight of 10. */
  sampled: 'demo.web-7.1',
  /** Its process `web` restarts; the machine boots anew 20 minutes before the end, and its counters begin again. */
  crashing: 'demo.web-1.1',
  /** Of another project, behind a slot of the same name as the silent one's: in no answer. */
  foreign: 'other.web-3.1',
} as const;

/**
 * Every point of the day before `end` (Unix milliseconds), in the order of writing. The same `end` gives the same day.
 * Nothing happens in its first ten minutes: whoever asks for the last day a little later still gets all of it.
 */
export function fleetDay(end: number): WrittenPoint[] {
  const start = end - 24 * HOUR + 10 * MINUTE;
  const machines = [
    crashing(start, end),
    new Machine(STORY.forgetful).boot(start).measure(end, (at) => ({
      ...(at > end - 9 * HOUR && at <= end - 8 * HOUR ? { cpuPercent: null } : {}),
      ...(Math.floor(at / MINUTE) % 10 === 0 ? { memoryUsedMb: null } : {}),
    })),
    new Machine(STORY.silent).boot(start).measure(end - 2 * HOUR),
    cutOff(start, end),
    new Machine(STORY.repeating).boot(start).measure(end).repeatEvery(50),
    new Machine(STORY.replaced).boot(start).measure(end - 10 * HOUR),
    new Machine(STORY.successor).boot(end - 10 * HOUR + 90 * SECOND, 75_000).measure(end),
    sampled(start, end),
    new Machine(STORY.foreign).boot(start).measure(end, () => ({ cpuPercent: 99, memoryUsedMb: 4000 })),
  ];
  return machines.flatMap((machine) => machine.points).toSorted((a, b) => a.writtenAt - b.writtenAt);
}

function crashing(start: number, end: number): Machine {
  const machine = new Machine(STORY.crashing).boot(start);
  machine.measure(end - 12 * HOUR);
  machine.versions = { ...machine.versions, customer: 'd'.repeat(40) };
  machine
    .measure(end - 10 * HOUR)
    .restart('web', 3)
    .measure(end - 26 * MINUTE)
    .restart('web', 2);
  machine.boot(end - 20 * MINUTE, 61_000).measure(end - 8 * MINUTE);
  return machine.restart('web', 4).measure(end);
}

function cutOff(start: number, end: number): Machine {
  const machine = new Machine(STORY.cutOff).boot(start).measure(end - 6 * HOUR);
  const before = machine.points.length;
  machine.measure(end - 4 * HOUR);
  const buffered = machine.points.splice(before).slice(STORY.dropped);
  buffered[0]!.point.droppedBefore = STORY.dropped;
  for (const written of buffered) {
    written.writtenAt = end - 4 * HOUR;
    written.point.ageMs = written.writtenAt - written.measuredAt;
  }
  machine.points.push(...buffered);
  return machine.measure(end).repeatEvery(50);
}

function sampled(start: number, end: number): Machine {
  const machine = new Machine(STORY.sampled).boot(start).measure(end - 12 * HOUR);
  const before = machine.points.length;
  machine.measure(end, () => ({ cpuPercent: 95 }));
  const busy = machine.points.splice(before);
  // The newest one is kept.
  const kept = busy.filter((_, at) => (busy.length - 1 - at) % 10 === 0);
  machine.points.push(...kept.map((written) => ({ ...written, weight: 10 })));
  return machine;
}

/** A machine that lives through its day. `clock` is where it is in it. */
class Machine {
  readonly points: WrittenPoint[] = [];
  versions: VersionSet = { image: 'sha256:1', platform: 'b'.repeat(40), customer: 'c'.repeat(40) };
  #identity: MachineIdentity;
  #clock = 0;
  #boot = 0;
  #seq = 0;
  #restarts = 0;
  #random: () => number;

  constructor(machineId: string) {
    const [project, slot, generation] = machineId.split('.') as [string, string, string];
    this.#identity = {
      machineId,
      organization: 'acme',
      project,
      slot,
      generation: Number(generation),
      type: 'local-docker',
    };
    this.#random = numbers(machineId);
  }

  /** Starts anew: other boot, counters from the beginning, one startup point when all is ready. */
  boot(at: number, timeToReadyMs = 2000): this {
    this.#boot += 1;
    this.#seq = 0;
    this.#restarts = 0;
    this.#clock = at + timeToReadyMs;
    this.#add({
      kind: 'startup',
      timeToReadyMs,
      entrypointStartedAt: at,
      tasksCompleteMs: this.#boot === 1 ? null : 700,
      daemonReadyMs: 400,
    });
    return this;
  }

  /** Measures every minute until `end`, with figures that wander; `change` sets some of them. */
  measure(end: number, change: (at: number) => Partial<ResourcePoint> = () => ({})): this {
    while (this.#clock + MINUTE <= end) {
      this.#clock += MINUTE;
      this.#add({ ...this.#figures(), ...change(this.#clock) });
    }
    return this;
  }

  /** A process crashes and is started again, some times; each takes ten seconds. */
  restart(name: string, times: number): this {
    for (let time = 0; time < times; time += 1) {
      this.#restarts += 1;
      this.#change(name, 'running', 'backing-off', { exitCode: 1 });
      this.#change(name, 'backing-off', 'starting');
      this.#change(name, 'starting', 'running');
    }
    return this;
  }

  repeatEvery(count: number): this {
    const repeats = this.points.filter((_, at) => at % count === 0);
    this.points.push(
      ...repeats.map((written) => ({
        ...written,
        // Computed from the same age at the later time of the second report.
        measuredAt: written.measuredAt + 400,
        writtenAt: written.writtenAt + 400,
        repeat: true,
      })),
    );
    return this;
  }

  #change(
    name: string,
    previousState: ServiceState,
    state: ServiceState,
    rest: Partial<ProcessPoint> = {},
  ): void {
    this.#clock += 3 * SECOND;
    this.#add({
      kind: 'process',
      name,
      state,
      previousState,
      durationMs: 3 * SECOND,
      restarts: this.#restarts,
      exitCode: null,
      signal: null,
      ...rest,
    });
  }

  #figures(): Own<ResourcePoint> {
    const memoryTotalMb = 512;
    return {
      kind: 'resource',
      cpuPercent: this.#random() * 80,
      memoryUsedMb: 100 + this.#random() * 300,
      memoryTotalMb,
      diskUsedPercent: 20 + this.#random() * 10,
      cpuSource: 'cgroup2',
      memorySource: 'cgroup2',
      cpuLimit: 1,
      load1: this.#random() * 2,
      diskUsedMb: 2000,
      diskTotalMb: 10_000,
      networkReceivedBytes: Math.round(this.#random() * 60_000),
      networkSentBytes: Math.round(this.#random() * 60_000),
      openFiles: 40 + Math.round(this.#random() * 10),
      cpuPressurePercent: this.#random() * 5,
      memoryPressurePercent: 0,
      ioPressurePercent: this.#random(),
      coversMs: MINUTE,
    };
  }

  /** Half a second passes between measuring and writing. */
  #add(own: Own<MetricPoint>): void {
    this.#seq += 1;
    const ageMs = SECOND / 2;
    this.points.push({
      identity: this.#identity,
      bootId: `${this.#identity.machineId}-boot-${this.#boot}`,
      versions: this.versions,
      point: { ...own, seq: this.#seq, ageMs, droppedBefore: 0 } as MetricPoint,
      measuredAt: this.#clock,
      writtenAt: this.#clock + ageMs,
      weight: 1,
      repeat: false,
    });
  }
}

/** Numbers from 0 to 1 that look like chance and are the same for the same name. */
function numbers(name: string): () => number {
  let state = [...name].reduce((sum, character) => (sum * 31 + character.codePointAt(0)!) % 2_147_483_647, 7);
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
