/** Whether everything that was begun has ended well: what every run without further faults has to come to. */
import type { Phase } from '@fettle/contract';
import type { MachineRecord } from '@fettle/core';
import { isStorm } from './promises.ts';
import { isBusy, isWell, type Receiver } from './receiver.ts';
import { machineOf, type MachineSide, type World } from './small-world.ts';

/** Every object is at rest, every slot leads to a machine that is as it should be, and the project knows the truth. */
export function isSettled(world: World): boolean {
  const { project, machines } = world;
  const isQuiet = project.run === null && project.late.length === 0 && project.record.pending.length === 0;
  return (
    isQuiet &&
    machines.every((side) => isAtRest(side, world)) &&
    isEverySlotServed(world) &&
    isEveryRolloutOver(world) &&
    doesProjectKnow(world)
  );
}

function isAtRest({ record, run, receiver, late }: MachineSide, world: World): boolean {
  if (run !== null || late.length > 0 || record.pending !== null || record.outbox.length > 0) return false;
  return !isBusy(receiver) && record.commands.length === 0 && isPhaseAtRest(record, receiver, world);
}

function isPhaseAtRest(record: MachineRecord, receiver: Receiver, world: World): boolean {
  const { state, desired } = record;
  switch (state.phase) {
    case 'healthy':
      return desired === 'running' && isWell(receiver);
    case 'stopped':
      return desired === 'stopped' && receiver.power !== 'running';
    case 'recovering':
      return isHeldForGood(record, world);
    case 'bricked':
      return state.salvage.step === 'done' && receiver.power !== 'running';
    case 'retired':
      return state.settled && desired === 'retired' && receiver.power !== 'running';
    case 'destroyed':
      return receiver.power === 'absent' && !receiver.diskPresent;
    case 'new':
    case 'provisioning':
    case 'starting':
    case 'suspect':
    case 'settling':
    case 'stopping':
      return false;
  }
}

/** Held for a reason that only a person can take away: in a storm, one that ends it. */
function isHeldForGood({ state }: MachineRecord, world: World): boolean {
  if (state.phase !== 'recovering') return false;
  const reason = state.incident.held?.reason;
  if (reason === 'storm-guard') return isStorm(world, null);
  return reason === 'ladder-exhausted' || reason === 'shadow-mode' || reason === 'project-budget';
}

function isEveryRolloutOver({ project }: World): boolean {
  const state = project.record.rollout?.state;
  return state !== 'running' && state !== 'reverting';
}

function isEverySlotServed(world: World): boolean {
  const { slots, plans } = world.project.record;
  return slots.every((slot) => {
    const plan = plans.find((one) => one.slot === slot.slot);
    // A person may have stopped the very machine that a plan waits for: then it waits for that person.
    const awaited = plan === undefined ? undefined : machineOf(world, plan.newMachineId);
    if (plan !== undefined) return plan.step === 'parked' || awaited?.record.state.phase === 'stopped';
    const side = slot.machineId === null ? undefined : machineOf(world, slot.machineId);
    return side !== undefined && ['healthy', 'stopped', 'recovering'].includes(side.record.state.phase);
  });
}

/** For its project, a machine that was given up is no other than one that was retired since. */
const ENDED = new Set<Phase>(['bricked', 'retired', 'destroyed']);

/** What machines said last has arrived last, and nobody holds leave to act who has nothing to do. */
function doesProjectKnow({ project, machines, now }: World): boolean {
  const { slots, told, permits } = project.record;
  const phases = new Map(machines.map((side) => [side.machineId, side.record.state.phase]));
  const isKnown = slots.every(({ phase, machines: [newest = ''] }) => {
    const actual = phases.get(newest);
    return phase === null || phase === actual || (ENDED.has(phase) && ENDED.has(actual ?? 'new'));
  });
  const areSick = told.every(
    (one) => one.sick === ['recovering', 'bricked'].includes(phases.get(one.machineId) ?? ''),
  );
  const areHeld = permits.every((one) => one.expiresAt <= now || phases.get(one.machineId) === 'recovering');
  return isKnown && areSick && areHeld;
}
