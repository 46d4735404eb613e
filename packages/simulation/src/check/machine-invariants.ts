/** What must hold of a machine's object at every moment between two events. */
import type { Policy } from '@fettle/contract';
import { isDownAsWanted, isWatched, type MachineRecord } from '@fettle/core';
import type { MachineObject } from '../world/machine-object.ts';
import type { StoredMachine } from '../world/record-keeper.ts';
import type { SimulatedObject } from '../runtime/simulated-object.ts';
import type { World } from '../world/world.ts';
import { holdsUnless, IDLE, type Judgement } from './judgement.ts';

export type Watched = {
  object: SimulatedObject<StoredMachine, MachineObject>;
  /** True time at which it last woke, or at which it was first seen. */
  wokeAt: number;
  /** The longest time until its next wake, as it was then, in ms. */
  rhythmMs: number;
};

export type MachineCheck = (watched: Watched, world: World) => Judgement;

const MINUTE = 60_000;

/** What is at rest wakes this much less often than every interval. */
const REST_FACTOR = 10;

export const MACHINE_INVARIANTS: Record<string, MachineCheck> = {
  'M1 what is watched has an alarm within two intervals': ({ object }, world) => {
    const stored = object.state;
    if (stored === null || object.isAlarmRunning || !isWatched(stored.record)) return IDLE;
    const { alarm } = object;
    if (alarm === null) return `no alarm in phase ${stored.record.state.phase}`;
    const most = rhythmOf(stored.record, stored.policy) * 2;
    const ahead = alarm - world.runtime.clock();
    return holdsUnless(ahead > Math.max(most, MINUTE + 1000), () => `the alarm is ${ahead} ms away`);
  },
};

/** Checked of the whole fleet every so often, and not at every event: it can only break by nothing happening. */
export const FLEET_INVARIANTS: Record<string, MachineCheck> = {
  ...MACHINE_INVARIANTS,

  'M2 no machine is unwatched for longer than three intervals or three minutes': (
    { object, wokeAt, rhythmMs },
    world,
  ) => {
    const stored = object.state;
    if (stored === null || object.isAlarmRunning || !isWatched(stored.record)) return IDLE;
    const most = Math.max(3 * rhythmMs, 3 * MINUTE) + MINUTE;
    const ago = world.timeline.now - wokeAt;
    return holdsUnless(ago > most, () => `the last tick was ${ago} ms ago`);
  },
};

/** How far apart the wakes of a machine may lie. */
export function rhythmOf(record: MachineRecord, { check }: Policy): number {
  return isDownAsWanted(record) ? check.intervalMs * REST_FACTOR : check.intervalMs;
}
