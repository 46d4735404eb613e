/** Bounds on how much is done to the machines of a project, and to those of one of its hosts, in a stretch of time. */
import type { Policy } from '@fettle/contract';
import { clockTime } from './clock-time.ts';
import type { SpentAction } from './record.ts';

type Budgets = Pick<Policy['budgets'], 'projectActions' | 'hostActions'>;
type Window = Budgets['projectActions'];

/** Why one more disruptive action does not fit; `null` when it does, or when this very step was counted before. */
export function spentBudget(input: {
  spent: SpentAction[];
  step: string;
  host: string | null;
  budgets: Budgets;
  now: number;
}): string | null {
  const { spent, step, host, budgets, now } = input;
  if (spent.some((one) => one.step === step)) return null;
  const ofProject = overdrawn(spent, budgets.projectActions, now);
  if (ofProject !== null) return `The budget of the project is spent: ${ofProject}`;
  if (host === null) return null;
  const onHost = spent.filter((one) => one.host === host);
  const ofHost = overdrawn(onHost, budgets.hostActions, now);
  return ofHost === null ? null : `The budget of ${host} is spent: ${ofHost}`;
}

/** Adds a step, once, and forgets what no window reaches any more. */
export function spendAction(input: {
  spent: SpentAction[];
  action: SpentAction;
  budgets: Budgets;
  now: number;
}): SpentAction[] {
  const { spent, action, budgets, now } = input;
  const longest = Math.max(budgets.projectActions.withinMs, budgets.hostActions.withinMs);
  const kept = spent.filter((one) => now - one.at < longest);
  return kept.some((one) => one.step === action.step) ? kept : [...kept, action];
}

function overdrawn(spent: SpentAction[], { max, withinMs }: Window, now: number): string | null {
  const within = spent.filter((one) => now - one.at < withinMs);
  if (within.length < max) return null;
  const used = `${within.length} of ${max} disruptive actions within ${Math.round(withinMs / 60_000)} min`;
  // The newest `max` of them block; the oldest of those is the first to go.
  const blocking = within.at(-max);
  return max === 0 || blocking === undefined
    ? used
    : `${used}; the next is free at ${clockTime(blocking.at + withinMs)}`;
}
