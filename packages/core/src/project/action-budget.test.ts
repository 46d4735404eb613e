import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, T0 } from '../testing/builders.ts';
import { spendAction, spentBudget } from './action-budget.ts';
import type { SpentAction } from './record.ts';

const budgets = {
  projectActions: { max: 3, withinMs: HOUR },
  hostActions: { max: 2, withinMs: 2 * HOUR },
};

function spent(...entries: [minutesAgo: number, host: string | null][]): SpentAction[] {
  return entries.map(([minutes, host], index) => ({
    at: T0 - minutes * MINUTE,
    host,
    step: `other/${index}`,
    gone: false,
  }));
}

const ask = (before: SpentAction[], host: string | null = 'host-1', step = 'mine/1') =>
  spentBudget({ spent: before, step, host, budgets, now: T0 });

describe('a budget', () => {
  test('that has room says nothing', () => {
    expect(ask(spent([50, 'host-2'], [40, 'host-2']))).toBeNull();
  });

  test('of the project says which it is, how much is used, and when it frees up', () => {
    expect(ask(spent([50, 'host-2'], [40, 'host-3'], [30, 'host-4']))).toBe(
      'The budget of the project is spent: 3 of 3 disruptive actions within 60 min; the next is free at 2026-05-28 20:36:40 UTC',
    );
  });

  test('of a host says the same of the host, and stops nobody else', () => {
    const before = spent([110, 'host-1'], [100, 'host-1']);
    expect(ask(before)).toBe(
      'The budget of host-1 is spent: 2 of 2 disruptive actions within 120 min; the next is free at 2026-05-28 20:36:40 UTC',
    );
    expect(ask(before, 'host-2')).toBeNull();
    expect(ask(before, null)).toBeNull();
  });

  test('frees up as time passes', () => {
    expect(ask(spent([60, 'host-2'], [40, 'host-3'], [30, 'host-4']))).toBeNull();
  });

  test('is not asked twice for one step', () => {
    const before = spent([50, 'host-2'], [40, 'host-3'], [30, 'host-4']);
    expect(ask(before, 'host-1', 'other/2')).toBeNull();
  });

  test('of zero is always spent', () => {
    const none = { ...budgets, projectActions: { max: 0, withinMs: HOUR } };
    expect(spentBudget({ spent: [], step: 'mine/1', host: null, budgets: none, now: T0 })).toBe(
      'The budget of the project is spent: 0 of 0 disruptive actions within 60 min',
    );
  });
});

describe('what was spent', () => {
  const action = { at: T0, host: 'host-1', step: 'mine/1', gone: false };

  test('is kept as long as the longest window reaches, and no longer', () => {
    const kept = spendAction({ spent: spent([120, 'a'], [119, 'a']), action, budgets, now: T0 });
    expect(kept.map((one) => one.at)).toEqual([T0 - 119 * MINUTE, T0]);
  });

  test('is counted once for each step', () => {
    const once = spendAction({ spent: [], action, budgets, now: T0 });
    expect(spendAction({ spent: once, action: { ...action, at: T0 + MINUTE }, budgets, now: T0 })).toEqual(
      once,
    );
  });
});
