import type { Level, PolicyInput } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND, policy } from '../testing/builders.ts';
import { lintPolicy, POLICY_RULES } from './lint-policy.ts';

const rung = (level: Level, timeoutMs = 5 * MINUTE, attempts = 1) => ({ level, attempts, timeoutMs });

/** What a policy is refused for: both fields of every contradiction. */
const found = (input: PolicyInput): string[] =>
  lintPolicy(policy(input)).map(({ fields }) => fields.join(' / '));

/** A rule at its edge: the last policy that breaks it, and the first that does not. */
type Edge = { rule: string; refused: PolicyInput; taken: PolicyInput };

/** Nothing in it needs a budget that looks back far. */
const QUICK: PolicyInput = { settleMs: 10 * SECOND, ladder: [rung(1), rung(4)] };

const machineStart = (machineStartMs: number): PolicyInput => ({
  grace: { machineStartMs },
  evidence: { mode: 'off' },
});
const edges: Edge[] = [
  {
    rule: 'check.goneAfter / check.unhealthyAfter',
    refused: { check: { goneAfter: 4, unhealthyAfter: 3 } },
    taken: { check: { goneAfter: 3, unhealthyAfter: 3 } },
  },
  {
    rule: 'report.lateAfterMs / report.everyMs',
    refused: { report: { everyMs: 10_000, lateAfterMs: 19_999 } },
    taken: { report: { everyMs: 10_000, lateAfterMs: 20_000 } },
  },
  {
    rule: 'bakeMs / report.lateAfterMs',
    refused: { bakeMs: 75_000 },
    taken: { bakeMs: 75_001 },
  },
  {
    rule: 'bakeMs / report.lateAfterMs',
    refused: { bakeMs: 1 },
    taken: { bakeMs: 0 },
  },
  {
    rule: 'grace.afterReturnMs / report.everyMs',
    refused: { grace: { afterReturnMs: 29_999 } },
    taken: { grace: { afterReturnMs: 30_000 } },
  },
  {
    rule: 'grace.afterReturnMs / report.everyMs',
    refused: { grace: { afterReturnMs: 1 } },
    taken: { grace: { afterReturnMs: 0 } },
  },
  {
    rule: 'copies.everyMs / check.intervalMs',
    refused: { copies: { everyMs: 29_999 } },
    taken: { copies: { everyMs: 30_000 } },
  },
  {
    rule: 'retainReplacedMs / copies.everyMs',
    refused: { retainReplacedMs: 5 * MINUTE - 1 },
    taken: { retainReplacedMs: 5 * MINUTE },
  },
  {
    rule: 'history.snapshots / bakeMs',
    refused: { history: { snapshots: 19 }, bakeMs: 10 * MINUTE },
    taken: { history: { snapshots: 20 }, bakeMs: 10 * MINUTE },
  },
  {
    rule: 'ladder.0.timeoutMs / grace.serviceStartMs',
    refused: { ladder: [rung(1, 59_999), rung(4)] },
    taken: { ladder: [rung(1, 60_000), rung(4)] },
  },
  {
    rule: 'ladder.1.timeoutMs / grace.serviceStartMs',
    refused: { ladder: [rung(1), rung(2, 59_999), rung(4)] },
    taken: { ladder: [rung(1), rung(2, 60_000), rung(4)] },
  },
  {
    rule: 'ladder.0.timeoutMs / grace.machineStartMs',
    refused: { ladder: [rung(3, 5 * MINUTE - 1), rung(4)] },
    taken: { ladder: [rung(3, 5 * MINUTE), rung(4)] },
  },
  {
    rule: 'ladder.3.timeoutMs / grace.machineStartMs',
    refused: { ...machineStart(5 * MINUTE + 1), ladder: [rung(1), rung(2), rung(3, HOUR / 6), rung(4)] },
    taken: { ...machineStart(5 * MINUTE), ladder: [rung(1), rung(2), rung(3, HOUR / 6), rung(4)] },
  },
  {
    rule: 'ladder.0.timeoutMs / check.callTimeoutMs',
    refused: {
      check: { callTimeoutMs: 20_000 },
      grace: { serviceStartMs: 0 },
      ladder: [rung(1, 59_999), rung(4)],
    },
    taken: {
      check: { callTimeoutMs: 20_000 },
      grace: { serviceStartMs: 0 },
      ladder: [rung(1, 60_000), rung(4)],
    },
  },
  {
    rule: 'grace.machineStartMs / grace.serviceStartMs',
    refused: { grace: { machineStartMs: 59_999, serviceStartMs: 60_000 } },
    taken: { grace: { machineStartMs: 60_000, serviceStartMs: 60_000 } },
  },
  {
    rule: 'ladder.1.level / ladder.0.level',
    refused: { ladder: [rung(3), rung(1), rung(4)] },
    taken: { ladder: [rung(1), rung(3), rung(4)] },
  },
  {
    rule: 'ladder.1.level / ladder.0.level',
    refused: { ladder: [rung(1), rung(1), rung(4)] },
    taken: { ladder: [rung(1), rung(2), rung(4)] },
  },
  {
    rule: 'ladder / budgets.substitutions.max',
    refused: { ladder: [rung(1)], budgets: { substitutions: { max: 1 } } },
    taken: { ladder: [rung(1)], budgets: { substitutions: { max: 0 } } },
  },
  {
    rule: 'budgets.substitutions.max / ladder',
    refused: { budgets: { substitutions: { max: 0 } } },
    taken: { budgets: { substitutions: { max: 1 } } },
  },
  {
    rule: 'budgets.machineRestarts.max / ladder',
    refused: { budgets: { machineRestarts: { max: 0 } } },
    taken: { budgets: { machineRestarts: { max: 1 } } },
  },
  {
    rule: 'budgets.machineRestarts.max / ladder',
    // The third restart can begin after 10 min, when the first is still counted, or is not any more.
    refused: {
      ladder: [rung(3, 5 * MINUTE, 3), rung(4)],
      budgets: { machineRestarts: { max: 2, withinMs: 600_001 } },
    },
    taken: {
      ladder: [rung(3, 5 * MINUTE, 3), rung(4)],
      budgets: { machineRestarts: { max: 2, withinMs: 600_000 } },
    },
  },
  {
    rule: 'budgets.actions.max / ladder',
    refused: { budgets: { actions: { max: 3 } } },
    taken: { budgets: { actions: { max: 4 } } },
  },
  {
    rule: 'budgets.projectActions.max / ladder',
    refused: { budgets: { projectActions: { max: 2 } } },
    taken: { budgets: { projectActions: { max: 3 } } },
  },
  {
    rule: 'budgets.hostActions.max / ladder',
    refused: { budgets: { hostActions: { max: 2 } } },
    taken: { budgets: { hostActions: { max: 3 } } },
  },
  ...(['machineRestarts', 'actions', 'projectActions', 'hostActions'] as const).map((name) => ({
    rule: `budgets.${name}.withinMs / check.intervalMs`,
    refused: { ...QUICK, budgets: { [name]: { withinMs: 30 * SECOND } } },
    taken: { ...QUICK, budgets: { [name]: { withinMs: 30 * SECOND + 1 } } },
  })),
  {
    rule: 'budgets.machineRestarts.withinMs / ladder.2.timeoutMs',
    refused: { budgets: { machineRestarts: { withinMs: 5 * MINUTE } } },
    taken: { budgets: { machineRestarts: { withinMs: 5 * MINUTE + 1 } } },
  },
  {
    rule: 'budgets.substitutions.withinMs / ladder.3.timeoutMs',
    refused: { budgets: { substitutions: { withinMs: 15 * MINUTE } } },
    taken: { budgets: { substitutions: { withinMs: 15 * MINUTE + 1 } } },
  },
  {
    rule: 'settleMs / budgets.machineRestarts.withinMs',
    refused: { settleMs: 30 * MINUTE },
    taken: { settleMs: 30 * MINUTE - 1 },
  },
  {
    rule: 'settleMs / budgets.actions.withinMs',
    refused: { settleMs: HOUR },
    taken: { settleMs: 30 * MINUTE - 1 },
  },
  {
    rule: 'budgets.cost.max / costs.machineHour',
    refused: { budgets: { cost: { max: 10 } } },
    taken: { budgets: { cost: { max: 10 } }, costs: { machineHour: 0.01 } },
  },
  {
    // Two machines for 4 h, and for the 15 min in which the second one may get healthy: 4.25 h.
    rule: 'budgets.cost.max / costs.machineHour',
    refused: { budgets: { cost: { max: 8.49 } }, costs: { machineHour: 2 } },
    taken: { budgets: { cost: { max: 8.5 } }, costs: { machineHour: 2 } },
  },
  {
    rule: 'budgets.cost.withinMs / ladder.3.timeoutMs',
    refused: { budgets: { cost: { max: 10, withinMs: 15 * MINUTE } }, costs: { machineHour: 2 } },
    taken: { budgets: { cost: { max: 10, withinMs: 15 * MINUTE + 1 } }, costs: { machineHour: 2 } },
  },
  {
    rule: 'stormGuard.maxSickShare / stormGuard.alwaysAllowSick',
    refused: { stormGuard: { maxSickShare: 0, alwaysAllowSick: 0 } },
    taken: { stormGuard: { maxSickShare: 0, alwaysAllowSick: 1 } },
  },
  {
    rule: 'stormGuard.permitMs / ladder.1.timeoutMs',
    refused: { stormGuard: { permitMs: 5 * MINUTE - 1 }, evidence: { mode: 'off' } },
    taken: { stormGuard: { permitMs: 5 * MINUTE }, evidence: { mode: 'off' } },
  },
  {
    rule: 'stormGuard.permitMs / evidence.timeoutMs',
    refused: { stormGuard: { permitMs: 5 * MINUTE + 9999 }, evidence: { timeoutMs: 10_000 } },
    taken: { stormGuard: { permitMs: 5 * MINUTE + 10_000 }, evidence: { timeoutMs: 10_000 } },
  },
  {
    rule: 'copies.oldAfterMs / copies.everyMs',
    refused: { copies: { everyMs: 10 * MINUTE, oldAfterMs: 10 * MINUTE - 1 } },
    taken: { copies: { everyMs: 10 * MINUTE, oldAfterMs: 10 * MINUTE } },
  },
  {
    rule: 'rollout.bakeMs / check.intervalMs',
    refused: { rollout: { bakeMs: 100_000 }, check: { intervalMs: 100_000 } },
    taken: { rollout: { bakeMs: 100_001 }, check: { intervalMs: 100_000 } },
  },
  {
    rule: 'rollout.bakeMs / report.lateAfterMs',
    refused: { rollout: { bakeMs: 75_000 } },
    taken: { rollout: { bakeMs: 75_001 } },
  },
  {
    rule: 'rollout.bakeMs / report.lateAfterMs',
    refused: { rollout: { bakeMs: 1 } },
    taken: { rollout: { bakeMs: 0 } },
  },
  {
    // 5 min for the start, 5 min of bake.
    rule: 'rollout.waveTimeoutMs / rollout.bakeMs',
    refused: { rollout: { waveTimeoutMs: 10 * MINUTE } },
    taken: { rollout: { waveTimeoutMs: 10 * MINUTE + 1 } },
  },
  {
    // Three checks, one every 30 s, and the 75 s after which a report is late.
    rule: 'blame.withinMs / check.unhealthyAfter',
    refused: { blame: { withinMs: 165_000 } },
    taken: { blame: { withinMs: 165_001 } },
  },
  {
    rule: 'blame.withinMs / check.unhealthyAfter',
    refused: { blame: { withinMs: 1 } },
    taken: { blame: { withinMs: 0 } },
  },
];

describe('a policy is refused at the edge of', () => {
  test.each(edges)('$rule', ({ rule, refused, taken }) => {
    expect(found(refused)).toContain(rule);
    expect(found(taken)).toEqual([]);
  });

  test('every rule there is', () => {
    const shown = new Set(edges.map(({ rule }) => rule.replaceAll(/ladder\.\d/g, 'ladder.N')));
    const rules = POLICY_RULES.map(({ fields }) => fields.join(' / ').replace('ladder.M', 'ladder.N'));
    expect(rules.filter((rule) => !shown.has(rule))).toEqual([]);
  });
});

describe('what is told', () => {
  test('names both fields with their values, why, and what would be right', () => {
    expect(lintPolicy(policy({ bakeMs: 60_000 }))).toEqual([
      {
        fields: ['bakeMs', 'report.lateAfterMs'],
        message:
          'bakeMs is 1 min and report.lateAfterMs is 75 s: versions whose daemon died at its start would be proven before its silence is noticed; expected more than 75 s, or 0',
        expected: 'more than 75 s, or 0',
      },
    ]);
  });

  test('is every contradiction, not the first alone', () => {
    expect(found({ bakeMs: 60_000, check: { goneAfter: 9 }, budgets: { cost: { max: 1 } } })).toEqual([
      'check.goneAfter / check.unhealthyAfter',
      'bakeMs / report.lateAfterMs',
      'budgets.cost.max / costs.machineHour',
    ]);
  });
});

test('a policy that has no effect somewhere, or is merely unwise, is taken', () => {
  expect(found({})).toEqual([]);
  expect(found({ mode: 'shadow' })).toEqual([]);
  expect(found({ ladder: [rung(4)] })).toEqual([]);
  expect(found({ stormGuard: { maxConcurrentPerHost: 50, maxConcurrentShare: 0 } })).toEqual([]);
  expect(found({ budgets: { hostActions: { max: 500 }, projectActions: { max: 3 } } })).toEqual([]);
  expect(found({ check: { intervalMs: 500, callTimeoutMs: 20_000 } })).toEqual([]);
});
