/** Leave to do something disruptive to one machine: a lease, given when nothing speaks against it. */
import type { PermitAnswer, PermitRefusal, PermitRequest } from '../permit.ts';
import { spendAction, spentBudget } from './action-budget.ts';
import { isUntold } from './fleet-word.ts';
import { isGuardOverridden } from './guard-override.ts';
import { massAbsence } from './mass-absence.ts';
import { isQuarantined } from './slot-state.ts';
import { crowdAround, stormAround } from './storm-guard.ts';
import { toldBySlot } from './told-by-slot.ts';
import { notify, update, type ProjectTurn } from './turn.ts';

type Asked = PermitRequest & { machineId: string };

/** `isShared`: what speaks against it does so for many machines, not only for the one that asks. */
type Refusal = { reason: PermitRefusal; message: string; isShared: boolean };

/**
 * Answers one request. A refusal is told to people once for each reason, not at every repeat, and one that many machines
 * share once for all of them.
 */
export function onPermitRequested(turn: ProjectTurn, asked: Asked): PermitAnswer {
  const { record, now } = turn;
  const { machineId, level, host } = asked;
  const valid = record.permits.filter((permit) => permit.expiresAt > now);
  const held = record.held.filter((one) => one.machineId !== machineId);
  const refused = refusal(turn, asked);
  if (refused === null) {
    const { policy } = record;
    const expiresAt = now + policy.stormGuard.permitMs;
    const others = valid.filter((permit) => permit.machineId !== machineId);
    const action = { at: now, host, step: stepOf(asked), gone: asked.gone && level === 4 };
    update(turn, {
      held,
      permits: [...others, { machineId, level, host, expiresAt }],
      spent: spendAction({ spent: record.spent, action, budgets: policy.budgets, now }),
    });
    return { granted: true, expiresAt };
  }
  const { reason, message, isShared } = refused;
  // A permit that was granted before goes on to count: its holder may be acting on it.
  update(turn, { held: [...held, { machineId, reason, isShared }], permits: valid });
  const isTold = record.held.some(
    (one) => one.reason === reason && (one.machineId === machineId || (isShared && one.isShared)),
  );
  if (!isTold)
    notify(turn, { kind: reason, slot: null, machineId, message: `Level ${level} is held: ${message}` });
  return { granted: false, reason, message };
}

/**
 * What speaks against it. A person can lift mass absence and the storm guard; budgets and the number at a time stand.
 * Quarantined versions are a cause that is known: machines that run them go back however many are sick, and nothing
 * higher is done to one that may not have heard yet that it can go back.
 */
function refusal(turn: ProjectTurn, asked: Asked): Refusal | null {
  const { record, now } = turn;
  const { machineId, host, level } = asked;
  const isBlamed = isQuarantined(record, asked.versions);
  if (isBlamed && level > 2 && isUntold(record, machineId)) {
    const message = `${machineId} runs quarantined versions, and is being told which ones to go back to`;
    return { reason: 'version-quarantined', message, isShared: true };
  }
  const { spent, policy } = record;
  const told = toldBySlot(record, machineId);
  const { stormGuard: guard, budgets } = policy;
  const total = record.slots.length;
  if (!isGuardOverridden(record, now)) {
    const gone = asked.gone ? goneSlots(turn, asked).length : 0;
    const mass = massAbsence({ gone, total, guard });
    if (mass !== null) return { reason: 'mass-absence', message: mass, isShared: true };
    const storm = isBlamed && level === 2 ? null : stormAround({ machineId, host, total, told, guard });
    if (storm !== null) return { reason: 'storm-guard', message: storm, isShared: true };
  }
  const permits = record.permits.filter((permit) => permit.expiresAt > now);
  const crowd = crowdAround({ machineId, host, total, permits, guard });
  if (crowd !== null) return { reason: 'storm-guard', message: crowd, isShared: false };
  const budget = spentBudget({ spent, step: stepOf(asked), host, budgets, now });
  return budget === null ? null : { reason: 'project-budget', message: budget, isShared: true };
}

/**
 * The slots whose machine is said to be gone, and those that lately lost one for it: a listing that stays wrong would
 * otherwise take one machine after the other. One that was believed and waits for its budget must not hold the others
 * for as long.
 */
function goneSlots({ record, now }: ProjectTurn, { machineId }: Asked): string[] {
  const { slots, plans, spent, policy } = record;
  const parked = plans.flatMap((plan) => (plan.step === 'parked' ? [plan.oldMachineId] : []));
  const lately = spent.filter((one) => one.gone && now - one.at < policy.stormGuard.permitMs);
  const gone = new Set([
    machineId,
    ...lately.map((one) => machineOf(one.step)),
    ...record.told.flatMap((one) => (one.gone && !parked.includes(one.machineId) ? [one.machineId] : [])),
  ]);
  return slots.flatMap(({ slot, machines }) => (machines.some((one) => gone.has(one)) ? [slot] : []));
}

function machineOf(step: string): string {
  return step.slice(0, step.indexOf('/'));
}

function stepOf({ machineId, step }: Asked): string {
  return `${machineId}/${step}`;
}
