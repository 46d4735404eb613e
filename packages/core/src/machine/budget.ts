/** Bounds on how much is done to one machine in a stretch of time. Spent budgets go up a level, never sideways. */
import type { Level, Policy } from '@fettle/contract';

type Spent = { at: number; level: Level }[];
type Window = { max: number; withinMs: number };

function used(spent: Spent, window: Window, now: number, counts: (level: Level) => boolean): number {
  return spent.filter((entry) => counts(entry.level) && now - entry.at < window.withinMs).length;
}

/** Whether one more action of this level fits into the machine's budgets. Level 4 is bounded by the project instead. */
export function fitsBudget(input: {
  spent: Spent;
  level: Level;
  budgets: Policy['budgets'];
  now: number;
}): boolean {
  const { spent, level, budgets, now } = input;
  if (level === 4) return true;
  if (used(spent, budgets.actions, now, () => true) >= budgets.actions.max) return false;
  return (
    level !== 3 || used(spent, budgets.machineRestarts, now, (one) => one === 3) < budgets.machineRestarts.max
  );
}

/** Adds an action and forgets what no window reaches any more. */
export function spend(input: { spent: Spent; level: Level; budgets: Policy['budgets']; now: number }): Spent {
  const { spent, level, budgets, now } = input;
  const longest = Math.max(budgets.actions.withinMs, budgets.machineRestarts.withinMs);
  return [...spent.filter((entry) => now - entry.at < longest), { at: now, level }];
}
