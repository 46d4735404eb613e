/** One step of a machine's object. */
import { decide, type Decision, type MachineEvent } from '@fettle/core';
import { commitOf } from '@fettle/core/machine/commit';
import { checkInvariants } from '@fettle/core/testing/invariants';
import { heeding } from './broken.ts';
import { checkDecision } from './promises.ts';
import { TICK_MS, withMachine, type MachineSide, type World } from './small-world.ts';

/** Less than anything that is meant to take time. */
const MOMENT_MS = 1000;

/** One event is decided and stored, with the next alarm. */
export function stepMachine(world: World, side: MachineSide, event: MachineEvent): [World, Decision] {
  const { record } = side;
  const { now } = world;
  const { policy } = world.project.record;
  const decision = decide({ record, event, now, policy });
  heeding(() => checkInvariants({ before: record, event, now, policy, decision }));
  const tried = checkDecision(world, side, event, decision);
  const { state } = decision.record;
  const once = {
    troubled: side.once.troubled,
    healthy: side.once.healthy || state.phase === 'healthy',
    bricked: side.once.bricked || state.phase === 'bricked',
    restarts: side.once.restarts + (tried === 3 ? 1 : 0),
    returnedAt: isReturn(world, side, event) ? now : side.once.returnedAt,
  };
  const isStored = commitOf({ before: record, event, decision, now }) === 'now';
  const after = {
    ...side,
    record: decision.record,
    stored: isStored ? null : (side.stored ?? record),
    alarm: alarmAfter(world, side, event, decision),
    once,
  };
  return [withMachine(world, after), decision];
}

/** Later than the core takes for a mere delay: three intervals. */
function isReturn(world: World, { alarm }: MachineSide, event: MachineEvent): boolean {
  return event.type === 'woke' && alarm !== null && world.now - alarm > 3 * TICK_MS;
}

/** What was due and is put off by a moment is due still: a tick is much longer. */
function alarmAfter(
  world: World,
  { alarm }: MachineSide,
  event: MachineEvent,
  { wakeAt }: Decision,
): number | null {
  const wasDue = event.type !== 'woke' && alarm !== null && alarm <= world.now;
  return wasDue && wakeAt !== null && wakeAt < world.now + MOMENT_MS ? alarm : wakeAt;
}
