/** What the main thread and its workers say to each other. All of it is plain data. */
import { specOf, type Size } from '../faults/plan.ts';
import type { WorldSpec } from '../world/spec.ts';
import type { RunResult } from './run-world.ts';

/** A world to run; `repeat` runs it twice and compares. */
export type Job = { seed: number; machines: number | null; repeat: boolean };

export type Done = {
  seed: number;
  result: RunResult;
  /** Whether the second run was the same; `null` when there was none. */
  isIdentical: boolean | null;
  /** Pairs of transitions that this worker had not seen before. */
  newPairs: number[];
};

/** What a worker has seen in all its runs. */
export type Seen = {
  probes: [string, number][];
  tally: [string, { checked: number; worked: number }][];
  cpuMs: number;
};

export type ToWorker = { kind: 'run'; job: Job } | { kind: 'finish' };
export type FromWorker = { kind: 'done'; done: Done } | { kind: 'seen'; seen: Seen };

/** Every so many seeds, a world is a large one. */
const LARGE_EVERY = 250;

/** Every so many seeds, a world is run twice. */
export const REPEAT_EVERY = 50;

export function sizeOf(seed: number): Size {
  return seed % LARGE_EVERY === 0 ? 'large' : 'small';
}

/** The world of a job. */
export function specOfJob({ seed, machines }: Pick<Job, 'seed' | 'machines'>): WorldSpec {
  return specOf(seed, machines === null ? sizeOf(seed) : 'small', machines ?? undefined);
}
