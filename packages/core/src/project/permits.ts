/** Leave to do something disruptive to one machine: a lease, given when nothing speaks against it. */
import type { PermitAnswer, PermitRefusal, PermitRequest } from '../permit.ts';
import { spendAction, spentBudget } from './action-budget.ts';
import { isGuardOverridden } from './guard-override.ts';
import { massAbsence } from './mass-absence.ts';
import { crowdAround, stormAround } from './storm-guard.ts';
import { notify, update, type ProjectTurn } from './turn.ts';

type Asked = PermitRequest & { machineId: string };

/** Answers one request. A refusal is told to people once for each reason, not at every repeat. */
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
    const action = { at: now, host, step: stepOf(asked) };
    update(turn, {
      held,
      permits: [...others, { machineId, level, host, expiresAt }],
      spent: spendAction({ spent: record.spent, action, budgets: policy.budgets, now }),
    });
    return { granted: true, expiresAt };
  }
  const { reason, message } = refused;
  // A permit that was granted before goes on to count: its holder may be acting on it.
  update(turn, { held: [...held, { machineId, reason }], permits: valid });
  if (!record.held.some((one) => one.machineId === machineId && one.reason === reason))
    notify(turn, { kind: reason, slot: null, machineId, message: `Level ${level} is held: ${message}` });
  return { granted: false, reason, message };
}

/** What speaks against it. A person can lift the first two; budgets and the number at a time stand. */
function refusal(turn: ProjectTurn, asked: Asked): { reason: PermitRefusal; message: string } | null {
  const { record, now } = turn;
  const { machineId, host } = asked;
  const { told, spent, policy } = record;
  const { stormGuard: guard, budgets } = policy;
  const total = record.slots.length;
  if (!isGuardOverridden(record, now)) {
    const gone = told.filter((one) => one.gone && one.machineId !== machineId).length + 1;
    const mass = asked.gone ? massAbsence({ gone, total, guard }) : null;
    if (mass !== null) return { reason: 'mass-absence', message: mass };
    const storm = stormAround({ machineId, host, total, told, guard });
    if (storm !== null) return { reason: 'storm-guard', message: storm };
  }
  const permits = record.permits.filter((permit) => permit.expiresAt > now);
  const crowd = crowdAround({ machineId, host, total, permits, guard });
  if (crowd !== null) return { reason: 'storm-guard', message: crowd };
  const budget = spentBudget({ spent, step: stepOf(asked), host, budgets, now });
  return budget === null ? null : { reason: 'project-budget', message: budget };
}

function stepOf({ machineId, step }: Asked): string {
  return `${machineId}/${step}`;
}
