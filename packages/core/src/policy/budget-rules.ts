/** Rules about budgets: a ladder has to fit into them, and they have to see what they count. */
import type { Level, Policy } from '@fettle/contract';
import { substitutionPrice } from '../project/substitution-budget.ts';
import { breachIf, timeText, type Breach, type Rule } from './rule.ts';

type Window = { max: number; withinMs: number };
type BudgetName = 'machineRestarts' | 'actions' | 'projectActions' | 'hostActions';

/**
 * A ladder that no pace fits into a budget: even when every try takes all of its time, one more than `max` begins before
 * the first is forgotten.
 */
function fullLadder(policy: Policy, name: BudgetName, levels: readonly Level[]): Breach[] {
  const { max, withinMs }: Window = policy.budgets[name];
  const tries = policy.ladder
    .filter(({ level }) => levels.includes(level))
    // Level 4 gives up once, however many attempts it says.
    .flatMap(({ level, attempts, timeoutMs }) =>
      Array.from({ length: level === 4 ? 1 : attempts }, () => timeoutMs),
    );
  const longestMs = tries.slice(0, max).reduce((sum, timeoutMs) => sum + timeoutMs, 0);
  return breachIf(tries.length > max && longestMs < withinMs, {
    values: [`${max} within ${timeText(withinMs)}`, `${tries.length} tries of levels ${levels.join(', ')}`],
    expected: `${tries.length} or more`,
  });
}

function ladderRule(name: BudgetName, levels: readonly Level[], what: string): Rule {
  return {
    fields: [`budgets.${name}.max`, 'ladder'],
    when: `\`${name}.max\` is below the tries of ${what}, and \`${name}.withinMs\` longer than they can take`,
    why: 'the ladder of a single incident can never be climbed to its end within the budget',
    breaches: (policy) => fullLadder(policy, name, levels),
  };
}

/** A budget that has forgotten an action before the next regular check tells whether it helped. */
function windowRule(name: BudgetName): Rule {
  const field = `budgets.${name}.withinMs`;
  return {
    fields: [field, 'check.intervalMs'],
    when: `\`${name}.withinMs\` is not above \`intervalMs\``,
    why: 'an action is forgotten before the next regular check can find that it did not help, so that the budget bounds nothing',
    breaches: ({ budgets, check }) =>
      breachIf(budgets[name].withinMs <= check.intervalMs, {
        values: [timeText(budgets[name].withinMs), timeText(check.intervalMs)],
        expected: `more than ${timeText(check.intervalMs)}`,
      }),
  };
}

/** A budget that has forgotten a try of a level before that try can count as failed. */
function timeoutRule(name: 'machineRestarts' | 'substitutions', of: Level): Rule {
  return {
    fields: [`budgets.${name}.withinMs`, 'ladder.N.timeoutMs'],
    when: `\`${name}.withinMs\` is not above the time of level ${of}`,
    why: 'a try is forgotten before it counts as failed, so that one can follow the other for ever',
    breaches: ({ budgets, ladder }) =>
      ladder.flatMap(({ level, timeoutMs }, index) =>
        breachIf(level === of && budgets[name].withinMs <= timeoutMs, {
          fields: [`budgets.${name}.withinMs`, `ladder.${index}.timeoutMs`],
          values: [timeText(budgets[name].withinMs), `${timeText(timeoutMs)} (level ${level})`],
          expected: `more than ${timeText(timeoutMs)}`,
        }),
      ),
  };
}

/** A budget that has forgotten what healed a machine before that success has settled. */
function settleRule(name: 'machineRestarts' | 'actions'): Rule {
  return {
    fields: ['settleMs', `budgets.${name}.withinMs`],
    when: `\`settleMs\` is not below \`${name}.withinMs\``,
    why: 'a relapse finds the budget empty again, so that a machine that never settles is acted on for ever',
    breaches: ({ settleMs, budgets }) =>
      breachIf(settleMs > 0 && settleMs >= budgets[name].withinMs, {
        values: [timeText(settleMs), timeText(budgets[name].withinMs)],
        expected: `less than ${timeText(budgets[name].withinMs)}`,
      }),
  };
}

export const BUDGET_RULES: readonly Rule[] = [
  ladderRule('machineRestarts', [3], 'level 3'),
  ladderRule('actions', [1, 2, 3], 'levels 1 to 3'),
  ladderRule('projectActions', [2, 3, 4], 'levels 2 to 4'),
  ladderRule('hostActions', [2, 3, 4], 'levels 2 to 4'),
  windowRule('machineRestarts'),
  windowRule('actions'),
  windowRule('projectActions'),
  windowRule('hostActions'),
  timeoutRule('machineRestarts', 3),
  timeoutRule('substitutions', 4),
  settleRule('machineRestarts'),
  settleRule('actions'),
  {
    fields: ['budgets.cost.max', 'costs.machineHour'],
    when: '`cost.max` is set and `machineHour` is 0',
    why: 'substitutions have a budget of money and cost nothing, so that it bounds nothing',
    breaches: ({ budgets, costs }) =>
      breachIf(budgets.cost.max > 0 && costs.machineHour === 0, {
        values: [String(budgets.cost.max), '0'],
        expected: '0, or a price in costs.machineHour',
      }),
  },
  {
    fields: ['budgets.cost.max', 'costs.machineHour'],
    when: '`cost.max` is set and below the price of one substitution: `machineHour` for `retainReplacedMs` and the time of level 4',
    why: 'not even one substitution fits into the budget, so that a machine that is given up is never replaced',
    breaches: (policy) => {
      const { max } = policy.budgets.cost;
      const price = Math.ceil(substitutionPrice(policy) * 100) / 100;
      return breachIf(max > 0 && max < price, {
        values: [String(max), `${policy.costs.machineHour}, ${price} for a substitution`],
        expected: `${price} or more, or 0`,
      });
    },
  },
  {
    fields: ['budgets.cost.withinMs', 'ladder.N.timeoutMs'],
    when: '`cost.max` is set and `cost.withinMs` not above the time of level 4',
    why: 'what a substitution cost is forgotten before it counts as failed, so that one can follow the other for ever',
    breaches: ({ budgets: { cost }, ladder }) =>
      ladder.flatMap(({ level, timeoutMs }, index) =>
        breachIf(level === 4 && cost.max > 0 && cost.withinMs <= timeoutMs, {
          fields: ['budgets.cost.withinMs', `ladder.${index}.timeoutMs`],
          values: [timeText(cost.withinMs), `${timeText(timeoutMs)} (level 4)`],
          expected: `more than ${timeText(timeoutMs)}`,
        }),
      ),
  },
];
