/** Orders one machine to change. What a revert does is spent from the project's budget of disruptive actions. */
import type { VersionRefs } from '@fettle/contract';
import { spendAction, spentBudget } from '../action-budget.ts';
import type { ProjectRecord } from '../record.ts';
import { send, update, type ProjectTurn } from '../turn.ts';

export type Order = { machineId: string; order: string; refs: VersionRefs | null; image: string | null };

/** Orders a change, in place of one that the machine has not taken yet. */
export function changeMachine(turn: ProjectTurn, order: Order): void {
  const { machineId } = order;
  update(turn, {
    pending: turn.record.pending.filter((one) => one.do !== 'change' || one.machineId !== machineId),
  });
  send(turn, { do: 'change', ...order });
}

/** Counts a change that nobody asked for. */
export function spendChange(
  turn: ProjectTurn,
  { machineId, order }: Pick<Order, 'machineId' | 'order'>,
): void {
  const { record, now } = turn;
  const action = { at: now, host: null, step: `${machineId}/${order}`, gone: false };
  update(turn, {
    spent: spendAction({ spent: record.spent, action, budgets: record.policy.budgets, now }),
  });
}

/** Why no further change fits into the budget now; `null` when one does. */
export function changeBlock({ spent, policy }: ProjectRecord, now: number): string | null {
  return spentBudget({ spent, step: '', host: null, budgets: policy.budgets, now });
}

/** When a change fits into the budget again; `Infinity` where the policy allows none. */
export function changeFreeAt({ spent, policy }: ProjectRecord, now: number): number {
  const { max, withinMs } = policy.budgets.projectActions;
  const within = spent.filter((one) => now - one.at < withinMs);
  const blocking = within.at(-max);
  if (max === 0) return Infinity;
  return within.length < max || blocking === undefined ? now : blocking.at + withinMs;
}

/** How many more changes of a revert fit into the budget. */
export function roomInBudget({ spent, policy }: ProjectRecord, now: number): number {
  const { max, withinMs } = policy.budgets.projectActions;
  return Math.max(0, max - spent.filter((one) => now - one.at < withinMs).length);
}
