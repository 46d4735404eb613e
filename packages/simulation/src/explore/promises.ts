/**
 * What has to hold between a project, its machines and their receivers at every step. What has to hold within one
 * decision is the core's own list, and is checked besides. In brackets: the number of the written invariant.
 */
import {
  isGivenUp,
  openIncident,
  type Decision,
  type MachineEvent,
  type PendingAction,
  type ProjectAction,
} from '@fettle/core';
import { Broken } from './broken.ts';
import { machineOf, type MachineSide, type World } from './small-world.ts';

/** A machine has decided: what it concluded must be true of the world. Returns the level of a try that it began. */
export function checkDecision(
  world: World,
  side: MachineSide,
  event: MachineEvent,
  { record }: Decision,
): number | null {
  const { state: before } = side.record;
  const { state } = record;
  if (before.phase === 'recovering' && before.attempt !== null && state.phase === 'settling') {
    if (sequenceOf(before.attempt.actionId) > side.receiver.highest)
      throw new Broken('a try heals only after the receiver took it [M4]', `level ${before.attempt.level}`);
    const seenAt = event.type === 'observed' ? event.observation.startedAt : world.now;
    if (seenAt <= (before.attempt.dispatchedAt ?? Infinity))
      throw new Broken(
        'a look from before an action is no evidence of it [M4]',
        `level ${before.attempt.level}`,
      );
  }
  const { grace } = world.project.record.policy;
  const { returnedAt } = side.once;
  const isNew = record.incidents > side.record.incidents && before.phase !== 'provisioning';
  if (isNew && returnedAt !== null && world.now < returnedAt + grace.afterReturnMs)
    throw new Broken('nothing is declared sick just after we were away [M11]', side.machineId);
  const tried = newTry(side, record);
  if (tried !== null && !side.once.troubled)
    throw new Broken('nothing is done to a machine that never had any trouble [M6]', `level ${tried}`);
  if (tried !== null && tried > 1 && !holdsPermit(world, side.machineId))
    throw new Broken('whoever acts holds a permit that the project knows of [P6]', side.machineId);
  // Budgets never free up here.
  const { max } = world.project.record.policy.budgets.machineRestarts;
  if (tried === 3 && side.once.restarts >= max)
    throw new Broken('a machine is restarted no more often than its budget allows [M7]', side.machineId);
  return tried;
}

/** An id ends with its sequence. A policy that only watches sends nothing, and has no id. */
function sequenceOf(actionId: string | null): number {
  return actionId === null ? 0 : Number(actionId.split('/').at(-1));
}

/** The level of a try that has just begun; `null` when none has. */
function newTry(side: MachineSide, record: Decision['record']): number | null {
  const [was, is] = [openIncident(side.record.state), openIncident(record.state)];
  const known = was?.number === is?.number ? (was?.tries.length ?? 0) : 0;
  return is?.tries.slice(known).findLast((one) => one.outcome === 'running')?.level ?? null;
}

function holdsPermit({ project, now }: World, machineId: string): boolean {
  return project.record.permits.some((one) => one.machineId === machineId && one.expiresAt > now);
}

/** Too many are sick for anything disruptive to be done, as the project was told. */
export function isStorm({ project }: World, alsoSick: string | null): boolean {
  const { told, slots, policy } = project.record;
  const { alwaysAllowSick, maxSickShare } = policy.stormGuard;
  const others = told.filter((one) => one.sick && one.machineId !== alsoSick).length;
  const sick = others + (alsoSick === null ? 0 : 1);
  return sick > alwaysAllowSick && sick > slots.length * maxSickShare;
}

/** The project has just given a machine leave to act. */
export function checkLeave(before: World, machineId: string): void {
  if (isStorm(before, machineId)) throw new Broken('no leave is given in a storm [P6]', machineId);
}

/** A receiver has just taken an action: is it one that is wanted now? */
export function checkAct(
  world: World,
  side: MachineSide,
  action: PendingAction,
  when: 'in time' | 'late',
): void {
  const { machineId, record } = side;
  const begins = ['create', 'start', 'restart', 'restart-services', 'apply-versions'].includes(action.do);
  // What arrives late was wanted when it was sent; the receiver's order of sequences is what it meets.
  const isInTime = when === 'in time';
  if (isInTime && begins && record.desired !== 'running')
    throw new Broken('what people want beats recovery [M10]', `${action.do} while ${record.desired}`);
  const attempt = record.state.phase === 'recovering' ? record.state.attempt : null;
  if (isInTime && begins && attempt?.dispatchedAt === null && attempt.actionId !== action.ref.id)
    throw new Broken('one try is one action, however often it is sent [M3]', action.do);
  const { mode } = world.project.record.policy;
  if (mode === 'shadow' && isInTime && ['restart', 'restart-services', 'apply-versions'].includes(action.do))
    throw new Broken('a policy that only watches does nothing', action.do);
  if (action.do !== 'destroy') return;
  const leads = world.project.record.slots.some((slot) => slot.machineId === machineId);
  if (leads) throw new Broken('no slot leads to a machine that is destroyed [P1]', machineId);
  if (isInTime && record.desired !== 'destroyed')
    throw new Broken('only what is wanted destroyed is destroyed [P4]', machineId);
}

/** The project sends something: nothing old ends before something new is healthy. */
export function checkSending(world: World, action: ProjectAction): void {
  if (action.do !== 'retire' && action.do !== 'destroy') return;
  const { machineId } = action;
  const side = machineOf(world, machineId);
  const slot = world.project.record.slots.find((one) => one.machines.includes(machineId));
  if (slot?.machineId === machineId)
    throw new Broken('no slot leads to a machine that is ended [P1]', `${action.do} ${machineId}`);
  const newer = slot?.machines.slice(0, slot.machines.indexOf(machineId)) ?? [];
  const isReplaced = newer.some((id) => machineOf(world, id)?.once.healthy);
  if (side?.once.healthy && !isReplaced)
    throw new Broken('nothing old is ended before something new was healthy [P4]', machineId);
  const { now } = world;
  const kept = world.project.record.retired.find((one) => one.machineId === machineId);
  if (action.do === 'destroy' && kept !== undefined && now < kept.cleanUpAt)
    throw new Broken('a replaced machine is kept for its time [P4]', machineId);
}

/** The project has decided: where its slots lead, and how many machines it asked for. */
export function checkRoutes(before: World, world: World): void {
  for (const slot of world.project.record.slots) {
    const was = before.project.record.slots.find((one) => one.slot === slot.slot);
    const bricked = slot.machines.filter((id) => machineOf(world, id)?.once.bricked).length;
    if (slot.generation > 1 + bricked)
      throw new Broken(
        'one machine given up, at most one more asked for [P2]',
        `${slot.generation} machines`,
      );
    const { max } = world.project.record.policy.budgets.substitutions;
    if (slot.generation > 1 + max)
      throw new Broken('a slot is substituted no more often than its budget allows [P7]', slot.slot);
    if (slot.machineId === null || slot.machineId === was?.machineId) continue;
    checkNewRoute(before, world, slot.machineId);
  }
}

function checkNewRoute(before: World, world: World, machineId: string): void {
  const side = machineOf(world, machineId);
  if (!side?.once.healthy)
    throw new Broken('a slot is moved only to a machine that was healthy [P4]', machineId);
  if (isGivenUp(side.record.state) && side.record.state.phase !== 'bricked')
    throw new Broken('a slot is never moved to a machine that was ended [P1]', machineId);
  const plan = before.project.record.plans.find((one) => one.newMachineId === machineId);
  const old = plan?.oldMachineId ? machineOf(world, plan.oldMachineId) : undefined;
  const newest = old?.record.copy.last?.copyId ?? null;
  if (old !== undefined && newest !== null && side.receiver.restoredFrom !== newest)
    throw new Broken(
      'a replacement has the newest copy of what it replaces [P4, B2]',
      `${side.receiver.restoredFrom} instead of ${newest}`,
    );
}
