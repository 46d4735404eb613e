import { Policy } from '@fettle/contract';
import * as v from 'valibot';
import { Fault } from '../faults/fault.ts';

const count = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

/** Everything that a run depends on. The same spec gives the same run, bit for bit. */
export const WorldSpec = v.strictObject({
  /** Of everything that is left to chance: times on the way, work, starts, losses. */
  seed: count(0),
  projects: count(1),
  /** Slots of each project. */
  slots: count(1),
  hosts: count(1),
  /** How long faults happen, in ms; after that everything that can heal is healed. */
  safetyMs: count(0),
  /** Of every project. */
  policy: Policy,
  faults: v.array(Fault),
});
export type WorldSpec = v.InferOutput<typeof WorldSpec>;

/** Machines that a world has when nothing is being replaced. */
export function machineCount(spec: Pick<WorldSpec, 'projects' | 'slots'>): number {
  return spec.projects * spec.slots;
}
