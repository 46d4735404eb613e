/** Bounds on substitutions: how many one slot may have, and what those of the whole project may cost. */
import type { Policy } from '@fettle/contract';
import { clockTime } from './clock-time.ts';
import type { ProjectRecord } from './record.ts';

/** What keeps a slot from being given another machine, and until when: `Infinity` when no passing of time helps. */
export type Block = { until: number; message: string };

const HOUR_MS = 3_600_000;

/** Sums of money are compared with this much patience, or ten times 0.1 would be more than 1. */
const ROUNDING = 1e-9;

/**
 * The price of one substitution in the currency of `costs`: two machines are paid for as long as the replaced one is
 * kept, and while its replacement may take to get healthy.
 */
export function substitutionPrice({ costs, retainReplacedMs, ladder }: Policy): number {
  const giveUp = ladder.find((rung) => rung.level === 4);
  return (costs.machineHour * (retainReplacedMs + (giveUp?.timeoutMs ?? 0))) / HOUR_MS;
}

/** The budget that frees up last of those that forbid one more substitution of a slot; `null` when none does. */
export function substitutionBlock(
  record: Pick<ProjectRecord, 'policy' | 'substitutions'>,
  slot: string,
  now: number,
): Block | null {
  const blocks = [countBlock(record, slot), costBlock(record)].filter(
    (block) => block !== null && block.until > now,
  );
  return blocks.reduce((last, block) => (block && (!last || block.until > last.until) ? block : last), null);
}

/** The substitutions that any budget still counts. */
export function recentSubstitutions(
  { policy, substitutions }: Pick<ProjectRecord, 'policy' | 'substitutions'>,
  now: number,
): ProjectRecord['substitutions'] {
  const longest = Math.max(policy.budgets.substitutions.withinMs, policy.budgets.cost.withinMs);
  return substitutions.filter((one) => now - one.at < longest);
}

function countBlock(record: Pick<ProjectRecord, 'policy' | 'substitutions'>, slot: string): Block | null {
  const { max, withinMs } = record.policy.budgets.substitutions;
  if (max === 0) return { until: Infinity, message: 'The policy allows no substitutions' };
  const blocking = record.substitutions.filter((one) => one.slot === slot).at(-max);
  if (blocking === undefined) return null;
  const until = blocking.at + withinMs;
  const message = `${slot} was substituted ${max} times within ${minutes(withinMs)}; the next is free at ${clockTime(until)}`;
  return { until, message };
}

function costBlock({ policy, substitutions }: Pick<ProjectRecord, 'policy' | 'substitutions'>): Block | null {
  const { max, withinMs } = policy.budgets.cost;
  const price = substitutionPrice(policy);
  if (max === 0 || price === 0) return null;
  const room = max - price + ROUNDING;
  if (room < 0)
    return {
      until: Infinity,
      message: `One substitution costs ${money(price)}, and ${money(max)} is all there is`,
    };
  let used = 0;
  const blocking = substitutions.findLast((one) => {
    used += one.cost;
    return used > room;
  });
  if (blocking === undefined) return null;
  const until = blocking.at + withinMs;
  const message = `A substitution for ${money(price)} does not fit into ${money(max)} within ${minutes(withinMs)}; it does at ${clockTime(until)}`;
  return { until, message };
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} min`;
}

function money(amount: number): string {
  return String(Math.round(amount * 100) / 100);
}
