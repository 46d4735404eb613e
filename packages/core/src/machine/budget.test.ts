import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, policy, T0 } from '../testing/builders.ts';
import { fitsBudget, spend } from './budget.ts';

const { budgets } = policy();
const at = (level: 1 | 2 | 3 | 4, agoMs: number) => ({ at: T0 - agoMs, level });
const times = (count: number, level: 1 | 2 | 3 | 4, agoMs = MINUTE) =>
  Array.from({ length: count }, () => at(level, agoMs));

describe('a budget', () => {
  test.each([
    ['nothing was done', [], 1, true],
    ['six actions within an hour', times(6, 1), 1, true],
    ['seven actions within an hour', times(7, 1), 1, false],
    ['seven actions of mixed levels', [...times(3, 1), ...times(4, 2)], 2, false],
    ['seven actions, one of them an hour ago', [...times(6, 1), at(1, HOUR)], 1, true],
    ['seven actions, one of them just within the hour', [...times(6, 1), at(1, HOUR - 1)], 1, false],
    ['two restarts of the machine', times(2, 3), 3, true],
    ['three restarts of the machine', times(3, 3), 3, false],
    ['three restarts of the machine leave room for lower levels', times(3, 3), 1, true],
    ['three restarts of the machine, one half an hour ago', [...times(2, 3), at(3, 30 * MINUTE)], 3, true],
    ['level 4 is bounded elsewhere', times(20, 3), 4, true],
  ] as const)('%s', (_name, spent, level, expected) => {
    expect(fitsBudget({ spent: [...spent], level, budgets, now: T0 })).toBe(expected);
  });

  test('of zero allows nothing', () => {
    const none = policy({ budgets: { actions: { max: 0 } } }).budgets;
    expect(fitsBudget({ spent: [], level: 1, budgets: none, now: T0 })).toBe(false);
  });
});

describe('spending', () => {
  test('adds the action', () => {
    expect(spend({ spent: [at(1, MINUTE)], level: 3, budgets, now: T0 })).toEqual([at(1, MINUTE), at(3, 0)]);
  });

  test('forgets what no window reaches any more', () => {
    const spent = [at(1, 2 * HOUR), at(3, HOUR), at(1, HOUR - 1)];
    expect(spend({ spent, level: 1, budgets, now: T0 })).toEqual([at(1, HOUR - 1), at(1, 0)]);
  });

  test('remembers as long as the longest window', () => {
    const wide = policy({ budgets: { machineRestarts: { withinMs: 3 * HOUR } } }).budgets;
    expect(spend({ spent: [at(3, 2 * HOUR)], level: 1, budgets: wide, now: T0 })).toHaveLength(2);
  });
});
