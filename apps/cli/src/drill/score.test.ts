import { describe, expect, test } from 'vitest';
import { T0, incident, levelTry } from '../../test/builders.ts';
import { FAULTS, FAULT_NAMES, slotFor } from './faults.ts';
import { joinIncidents, score, shortcomings, type Evidence } from './score.ts';

const where = { slot: 'web-1', backend: 'process' as const };

function evidence(overrides: Partial<Evidence> = {}): Evidence {
  return { injectedAt: T0, pidnapNoticedAt: null, incident: null, healthyAt: null, wrong: [], ...overrides };
}

const healedByTwo = incident({
  healedBy: 2,
  tries: [
    levelTry({ level: 1, outcome: 'failed' }),
    levelTry({ level: 2 }),
    levelTry({ level: 2, outcome: 'failed', attempt: 2 }),
  ],
});

describe('a fault counts as healed', () => {
  test('at level 0 when pidnap alone brought the service back', () => {
    const seen = evidence({ pidnapNoticedAt: T0 + 100, healthyAt: T0 + 900 });
    expect(score(FAULTS['service-killed'], seen, where)).toEqual({
      fault: 'service-killed',
      slot: 'web-1',
      backend: 'process',
      level: 0,
      levelsTried: [],
      detectMs: 100,
      healMs: 900,
      healed: true,
    });
  });

  test('at level 2 when level 1 was tried before; levels are listed once, skipped ones not at all', () => {
    const skipped = {
      ...healedByTwo,
      tries: [...healedByTwo.tries, levelTry({ level: 3, outcome: 'skipped' })],
    };
    const seen = evidence({ incident: skipped, healthyAt: T0 + 10_000 });
    const result = score(FAULTS['bad-customer-commit'], seen, where);
    expect(result).toMatchObject({
      level: 2,
      levelsTried: [1, 2],
      detectMs: 5000,
      healMs: 10_000,
      healed: true,
    });
    expect(shortcomings(FAULTS['bad-customer-commit'], result, [])).toEqual([]);
  });

  test('at level 4 when the slot was moved to a healthy replacement', () => {
    const bricked = incident({
      outcome: 'bricked',
      healedBy: null,
      healedAt: null,
      tries: [levelTry({ level: 4 })],
    });
    const result = score(
      FAULTS['machine-gone'],
      evidence({ incident: bricked, healthyAt: T0 + 9000 }),
      where,
    );
    expect(result).toMatchObject({ level: 4, levelsTried: [4], healed: true });
  });
});

describe('a fault does not count as healed', () => {
  test('when an incident was needed for what pidnap should have done alone', () => {
    const fault = FAULTS['service-killed'];
    const result = score(fault, evidence({ incident: incident(), healthyAt: T0 + 10_000 }), where);
    expect(result).toMatchObject({ level: 1, healed: false });
    expect(shortcomings(fault, result, [])).toEqual([
      'healed by level 1 (tried: levels 1), expected level 0',
    ]);
  });

  test('when level 1 was not tried first', () => {
    const fault = FAULTS['bad-customer-commit'];
    const straight = incident({ healedBy: 2, tries: [levelTry({ level: 2 })] });
    const result = score(fault, evidence({ incident: straight, healthyAt: T0 + 10_000 }), where);
    expect(result.healed).toBe(false);
    expect(shortcomings(fault, result, [])[0]).toContain('expected level 2 after 1');
  });

  test('when it was not well in time', () => {
    const fault = FAULTS['daemon-hangs'];
    const open = incident({ healedAt: null, closedAt: null, outcome: null, healedBy: null });
    const result = score(fault, evidence({ incident: open }), where);
    expect(result).toMatchObject({ level: null, healMs: null, detectMs: 5000, healed: false });
    expect(shortcomings(fault, result, [])).toEqual(['not healthy in time, expected level 1']);
  });

  test('when the level is right but data was lost', () => {
    const wrong = ['the entry that was written before is lost'];
    const result = score(
      FAULTS['service-down'],
      evidence({ incident: incident(), healthyAt: T0 + 10_000, wrong }),
      where,
    );
    expect(result).toMatchObject({ level: 1, healed: false });
    expect(shortcomings(FAULTS['service-down'], result, wrong)).toEqual(wrong);
  });

  test('when it got well before anything was tried, although a level was expected', () => {
    const byItself = incident({ healedBy: 0, tries: [] });
    const result = score(
      FAULTS['service-down'],
      evidence({ incident: byItself, healthyAt: T0 + 10_000 }),
      where,
    );
    expect(result).toMatchObject({ level: 0, levelsTried: [], healed: false });
  });
});

test('a fault that was noticed before its injection had ended was noticed at once', () => {
  const early = incident({ openedAt: T0 - 5 });
  expect(
    score(FAULTS['service-down'], evidence({ incident: early, healthyAt: T0 + 1 }), where).detectMs,
  ).toBe(0);
});

test('all levels of the ladder are drilled, and level 0', () => {
  expect([...new Set(FAULT_NAMES.map((name) => FAULTS[name].level))]).toEqual([0, 1, 2, 3, 4]);
});

test('faults take the slots in turn', () => {
  const slots = ['a', 'b', 'c'];
  expect([0, 1, 2, 3].map((index) => slotFor(index, slots))).toEqual(['a', 'b', 'c', 'a']);
});

test('incidents of one cause count as one: the first to be opened, every level, healed by the highest', () => {
  const second = incident({ openedAt: T0 + 9000, healedBy: 1 });
  const joined = joinIncidents([second, healedByTwo]);
  expect(joined).toMatchObject({ openedAt: healedByTwo.openedAt, healedBy: 2, outcome: 'healed' });
  expect(joined?.tries).toHaveLength(second.tries.length + healedByTwo.tries.length);
  expect(joinIncidents([incident({ outcome: 'bricked' }), second])?.outcome).toBe('bricked');
  expect(joinIncidents([])).toBeNull();
});
