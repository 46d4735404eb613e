/** What the machines of a wave tell of it: whether it is good, has hurt somebody, or goes on. */
import type { Wave } from '@fettle/contract';
import type { ProjectRecord, RolloutRecord } from '../record.ts';
import { isHalted, isQuarantined, pinOf, slotNamed, toldOf } from '../slot-state.ts';
import { forthOrder } from './state.ts';
import { runsTarget } from './target.ts';

/** `out`: it cannot be judged, and is left out. `until`: when the passing of time alone may make it good. */
export type Standing =
  | { is: 'good' }
  | { is: 'hurt'; why: string }
  | { is: 'out'; why: string }
  | { is: 'open'; why: string; until: number | null };

/** How one machine of the running wave stands that was ordered to change. */
export function standingOf(
  record: ProjectRecord,
  rollout: RolloutRecord,
  name: string,
  now: number,
): Standing {
  const changed = rollout.before.find((one) => one.slot === name);
  const slot = slotNamed(record, name);
  const told = toldOf(record, name);
  if (changed === undefined) return { is: 'open', why: 'its turn has not come', until: null };
  if (slot?.phase === 'bricked') return { is: 'hurt', why: 'its machine was given up' };
  if (slot === undefined || told === undefined || slot.machines[0] !== changed.machineId)
    return { is: 'out', why: 'its machine was replaced' };
  if (told.incidentAt !== null) return { is: 'hurt', why: 'it got sick' };
  const order = told.order?.id === forthOrder(rollout) ? told.order : null;
  if (isHalted(slot)) return { is: 'out', why: 'it was stopped' };
  const pin = pinOf(record, name);
  if (order?.status !== 'done' && pin !== null) return { is: 'out', why: `it is pinned: ${pin}` };
  // A machine that was stopped or pinned fails its order too, and nobody is hurt by that.
  if (order?.status === 'failed') return { is: 'hurt', why: order.message };
  if (order?.status !== 'done') return { is: 'open', why: 'it has not changed yet', until: null };
  if (isQuarantined(record, told.versions)) return { is: 'hurt', why: 'what it came to is quarantined' };
  if (!runsTarget(rollout, told.versions)) return { is: 'open', why: 'it runs other versions', until: null };
  if (told.sick || told.healthySince === null) return { is: 'open', why: 'it is not healthy', until: null };
  const good = Math.max(told.healthySince, told.versionsSince ?? 0) + record.policy.rollout.bakeMs;
  return now >= good ? { is: 'good' } : { is: 'open', why: 'it bakes', until: good };
}

/** When the running wave has to be looked at again for the passing of time alone. */
export function waveWakeAt(record: ProjectRecord, rollout: RolloutRecord, wave: Wave, now: number): number {
  const bakes = wave.slots.flatMap((slot) => {
    const standing = standingOf(record, rollout, slot, now);
    return standing.is === 'open' && standing.until !== null ? [standing.until] : [];
  });
  // One that bakes on after the wave's time is over changes nothing.
  return Math.min(wave.startedAt + record.policy.rollout.waveTimeoutMs, ...bakes);
}
