import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, policy, T0 } from '../testing/builders.ts';
import { substitutionBlock, substitutionPrice } from './substitution-budget.ts';

const past = (hours: number[], cost = 0, slot = 'web-1') =>
  hours.map((ago) => ({ slot, at: T0 - ago * HOUR, cost }));

describe('the substitutions of one slot', () => {
  test.each([
    [[], null],
    [[1], null],
    [[3, 2, 1], T0 + 21 * HOUR],
    [[5, 3, 2, 1], T0 + 21 * HOUR],
    [[30, 2, 1], null],
  ])('%j hours ago block the next one until %s', (hours, until) => {
    const block = substitutionBlock({ policy: policy(), substitutions: past(hours) }, 'web-1', T0);
    expect(block?.until ?? null).toBe(until);
  });

  test('block no other slot', () => {
    expect(substitutionBlock({ policy: policy(), substitutions: past([3, 2, 1]) }, 'web-2', T0)).toBeNull();
  });
});

describe('what substitutions cost', () => {
  // Four hours that the old machine is kept, and a quarter of an hour for the new one: 4.25 h at 2 are 8.5.
  const rules = policy({ costs: { machineHour: 2 }, budgets: { cost: { max: 20, withinMs: 6 * HOUR } } });
  const block = (substitutions: ReturnType<typeof past>, given = rules) =>
    substitutionBlock({ policy: given, substitutions }, 'web-1', T0);

  test('is the time in which two machines are paid for', () => {
    expect(substitutionPrice(rules)).toBe(8.5);
    expect(substitutionPrice(policy())).toBe(0);
  });

  test('of all slots together stays within the budget', () => {
    expect(block(past([1], 8.5, 'web-2'))).toBeNull();
    expect(block([...past([2], 8.5, 'web-2'), ...past([1], 8.5, 'web-3')])).toEqual({
      until: T0 + 4 * HOUR,
      message:
        'A substitution for 8.5 does not fit into 20 within 360 min; it does at 2026-05-29 00:26:40 UTC',
    });
  });

  test('frees up from the oldest on', () => {
    expect(block(past([5, 4, 3], 8.5, 'web-2'))?.until).toBe(T0 + 2 * HOUR);
  });

  test('counts at the price of its time', () => {
    expect(block(past([2, 1], 1, 'web-2'))).toBeNull();
  });

  test('blocks for good when one alone is too dear', () => {
    const poor = policy({ costs: { machineHour: 2 }, budgets: { cost: { max: 8 } } });
    expect(block([], poor)).toMatchObject({ until: Infinity });
  });

  test('does not matter without a budget', () => {
    expect(block(past([2, 1], 1000, 'web-2'), policy({ costs: { machineHour: 2 } }))).toBeNull();
  });

  test('may use up the budget to the last cent', () => {
    const cents = policy({
      costs: { machineHour: 0.1 },
      retainReplacedMs: 45 * MINUTE,
      budgets: { cost: { max: 0.3, withinMs: 6 * HOUR } },
    });
    expect(block(past([2, 1], 0.1, 'web-2'), cents)).toBeNull();
  });
});
