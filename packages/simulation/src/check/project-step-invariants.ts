/** What must hold in every step of a project object, judged with what is really the case. */
import { isGivenUp, type ProjectRecord, type Slot } from '@fettle/core';
import type { ProjectStep } from '../world/surroundings.ts';
import type { World } from '../world/world.ts';
import { HOLDS, holdsUnless, IDLE, type Judgement } from './judgement.ts';

export type ProjectStepCheck = (step: ProjectStep, world: World) => Judgement;

type Change = { was: Slot | undefined; is: Slot };

/** Slots that a step changed. */
function changed({ before, decision }: ProjectStep): Change[] {
  if (before.slots === decision.record.slots) return [];
  return decision.record.slots.flatMap((is, index) => {
    const was = before.slots[index];
    return is === was ? [] : [{ was, is }];
  });
}

/** Slots that a step moved to another machine. */
function moved(step: ProjectStep): { from: ProjectRecord['plans'][number]; to: string; slot: string }[] {
  return changed(step).flatMap(({ was, is }) => {
    const plan = step.before.plans.find((one) => one.newMachineId === is.machineId);
    if (is.machineId === null || is.machineId === was?.machineId || plan === undefined) return [];
    return [{ from: plan, to: is.machineId, slot: is.slot }];
  });
}

export const PROJECT_STEP_INVARIANTS: Record<string, ProjectStepCheck> = {
  'P1 a slot leads to its newest machine, or to none': (step) => {
    const changes = changed(step);
    if (changes.length === 0) return IDLE;
    const wrong = changes.find(({ is }) => is.machineId !== null && is.machineId !== is.machines[0]);
    return holdsUnless(wrong !== undefined, () => `${wrong?.is.slot} leads to ${wrong?.is.machineId}`);
  },

  'P2 one machine that was given up is replaced once': (step, world) => {
    const grown = changed(step).filter(({ was, is }) => was !== undefined && is.generation > was.generation);
    if (grown.length === 0) return IDLE;
    const wrong = grown.find(({ was, is }) => is.generation !== (was?.generation ?? 0) + 1);
    if (wrong !== undefined) return `${wrong.is.slot} jumped to generation ${wrong.is.generation}`;
    const spared = grown.find(({ was }) => {
      const before = world.machines.get(was?.machines[0] ?? '').state?.record.state;
      return before !== undefined && !isGivenUp(before);
    });
    return holdsUnless(
      spared !== undefined,
      () => `${spared?.is.slot} gets another machine although ${spared?.was?.machines[0]} was not given up`,
    );
  },

  'P4 a slot is moved only to a machine that was seen healthy, with its data': (step, world) => {
    const moves = moved(step);
    if (moves.length === 0) return IDLE;
    for (const { from, to } of moves) {
      const record = world.machines.get(to).state?.record;
      const sandbox = world.placement(to)?.sandbox;
      if (record === undefined || sandbox === undefined) return `there is no ${to}`;
      if (record.ledger.every((entry) => entry.healthyChecks === 0)) return `${to} was never seen healthy`;
      if (sandbox.restoredFrom !== (from.copy?.copyId ?? null))
        return `${to} has the data of ${sandbox.restoredFrom} instead of ${from.copy?.copyId}`;
    }
    return HOLDS;
  },

  'B1 a replacement has the newest copy that was ever seen of what it replaces': (step, world) => {
    const moves = moved(step).filter(({ from }) => from.oldMachineId !== null);
    if (moves.length === 0) return IDLE;
    for (const { from, to } of moves) {
      const newest = world.machines.get(from.oldMachineId ?? '').state?.record.copy.last ?? null;
      if (newest === null || newest.takenAt > from.startedAt) continue;
      if ((from.copy?.takenAt ?? 0) < newest.takenAt)
        return `${to} has ${from.copy?.copyId ?? 'no data'} although there is ${newest.copyId}`;
    }
    return HOLDS;
  },

  'B2 data is restored from a copy of the same slot and of an older machine': (step) => {
    const moves = moved(step).filter(({ from }) => from.copy !== null);
    if (moves.length === 0) return IDLE;
    const wrong = moves.find(({ from, to, slot }) => {
      const [project, of, generation] = (from.copy?.machineId ?? '').split('.');
      return (
        project !== to.split('.')[0] || of !== slot || Number(generation) >= Number(to.split('.')[2] ?? 0)
      );
    });
    return holdsUnless(wrong !== undefined, () => `${wrong?.to} has data of ${wrong?.from.copy?.machineId}`);
  },

  'P6 no more is worked on at once than the storm guard allows': ({ before, decision, now }) => {
    const { record } = decision;
    if (record.permits === before.permits) return IDLE;
    const valid = record.permits.filter((permit) => permit.expiresAt > now);
    const had = before.permits.filter((permit) => permit.expiresAt > now);
    if (valid.length <= had.length) return IDLE;
    const most = Math.max(1, Math.floor(record.slots.length * record.policy.stormGuard.maxConcurrentShare));
    if (new Set(valid.map((permit) => permit.machineId)).size < valid.length) return 'two permits for one';
    return holdsUnless(valid.length > most, () => `${valid.length} permits, at most ${most} allowed`);
  },

  'P7 a slot is substituted no more often than its budget allows': ({ before, decision }) => {
    const { record } = decision;
    if (record.substitutions === before.substitutions) return IDLE;
    // A clock that stepped back has moved their times, and added none.
    const isMoved = record.decidedAt < before.decidedAt;
    if (isMoved && record.substitutions.length === before.substitutions.length) return IDLE;
    const { max, withinMs } = record.policy.budgets.substitutions;
    // A clock that is a little behind goes on from what the record has seen.
    const recent = record.substitutions.filter((one) => record.decidedAt - one.at < withinMs);
    const newest = recent.at(-1);
    if (newest === undefined) return IDLE;
    const here = recent.filter((one) => one.slot === newest.slot).length;
    return holdsUnless(
      here > max,
      () => `${newest.slot} was substituted ${here} times, at most ${max} allowed`,
    );
  },
};
