/** A policy that only watches: what recovery would do is decided and recorded, and nothing is sent. */
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, policy } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';

const SHADOW = policy({ mode: 'shadow' });

/** What was sent besides questions and periodic copies. */
const done = (s: Scenario) => s.sent.filter((one) => one !== 'request-permit' && one !== 'copy');

function watching(): Scenario {
  const s = Scenario.healthy(SHADOW);
  s.machine.ruined = true;
  s.machine.fail('web');
  return s;
}

describe('a policy that only watches', () => {
  test('walks the whole ladder with its times, and sends nothing', () => {
    const s = watching();
    s.runFor(HOUR);
    expect(done(s)).toEqual([]);
    expect(s.levels).toEqual([
      '1 shadow shadow-mode',
      '1 shadow shadow-mode',
      '2 shadow already-known-good',
      '3 shadow shadow-mode',
    ]);
    expect(s.story).toEqual(
      expect.arrayContaining([
        'would restart web (level 1; shadow mode)',
        'would restart the machine (running) (level 3; shadow mode)',
        'held: would give the machine up and have it substituted (level 4; shadow mode)',
      ]),
    );
    const times = s.incidents.at(-1)?.tries.map((one) => (one.endedAt ?? 0) - one.startedAt) ?? [];
    expect(times[0]).toBeGreaterThanOrEqual(2 * MINUTE);
    expect(times[3]).toBeGreaterThanOrEqual(5 * MINUTE);
  });

  test('never gives a machine up, and does not ask for leave again and again', () => {
    const s = watching();
    s.runFor(3 * HOUR);
    expect(s.phase).toBe('recovering');
    expect(s.openIncident?.held).toMatchObject({ reason: 'shadow-mode' });
    expect(s.sent.filter((one) => one === 'request-permit')).toHaveLength(2);
  });

  test('shows what the storm guard would have said', () => {
    const s = watching();
    s.permit = () => ({ ok: true, permit: { granted: false, reason: 'storm-guard', message: 'a storm' } });
    s.runFor(HOUR);
    expect(s.openIncident?.held).toMatchObject({ reason: 'storm-guard' });
    expect(s.levels.some((level) => level.startsWith('3'))).toBe(false);
  });

  test('spends the budgets, so that it shows what they do', () => {
    const s = watching();
    s.runFor(HOUR);
    expect(s.record.spent.map((one) => one.level)).toEqual([1, 1, 3]);
  });

  test('owes a recovery to nobody', () => {
    const s = watching();
    s.runUntil('shown', () => s.levels.length > 0);
    s.machine.ruined = false;
    s.machine.crash('web');
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.incidents).toMatchObject([
      {
        outcome: 'healed',
        healedBy: 0,
        tries: [{ outcome: 'shadow', endedAt: expect.any(Number) as number }],
      },
    ]);
  });

  test('goes on with what people ask for', () => {
    const s = watching();
    s.runUntil('shown', () => s.levels.length > 0);
    s.machine.ruined = false;
    s.command({ kind: 'restart' });
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(done(s)).toEqual(['restart']);
    s.command({ kind: 'destroy' });
    s.runUntil('destroyed', () => s.phase === 'destroyed');
  });

  test('goes on with the creation of machines', () => {
    const s = new Scenario(SHADOW);
    s.command({ kind: 'provision' });
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.machine.executed).toContain('create');
  });
});

describe('in the middle of an incident', () => {
  test('a policy that acts from now on begins the ladder where it begins', () => {
    const s = watching();
    s.runUntil('held', () => s.openIncident?.held?.reason === 'shadow-mode');
    const watched = s.levels.length;
    s.policy = policy();
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.levels.slice(watched)).toEqual([
      '1 failed service-gave-up-again',
      '1 failed service-gave-up-again',
      '2 skipped already-known-good',
      expect.stringMatching(/^3 failed/),
      '4 running',
    ]);
  });

  test('and in the middle of what is only watched, it acts at once', () => {
    const s = watching();
    s.runUntil('shown', () => s.levels.length > 0);
    s.policy = policy();
    s.runFor(MINUTE);
    expect(s.levels.slice(0, 2)).toEqual(['1 shadow shadow-mode', '1 failed service-gave-up-again']);
  });

  test('a policy that only watches from now on lets the running try end, and sends nothing new', () => {
    const s = Scenario.healthy();
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runUntil('restarting', () => s.sent.includes('restart web'));
    s.policy = SHADOW;
    const before = done(s).length;
    s.runFor(HOUR);
    expect(done(s)).toHaveLength(before);
    expect(s.levels.slice(0, 2)).toEqual(['1 failed service-gave-up-again', '1 shadow shadow-mode']);
    expect(s.phase).toBe('recovering');
  });
});
