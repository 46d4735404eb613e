/** Whole recoveries of machines whose image or versions are to blame. */
import { describe, expect, test } from 'vitest';
import { commit, fleet, T0, versions } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';

describe('a bad image', () => {
  function rebuilt(): Scenario {
    const s = Scenario.healthy();
    s.machine.broken.add('image-2');
    s.command({ kind: 'rebuild', image: 'image-2', refs: null, order: null });
    s.runUntil('recovering', () => s.phase === 'recovering');
    return s;
  }

  test('is undone by level 2: what worked had another image, over the same disk', () => {
    const s = rebuilt();
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual([
      '1 failed service-gave-up-again',
      '1 failed service-gave-up-again',
      '2 healed healthy-again',
    ]);
    expect(s.machine.executed.filter((one) => one === 'rebuild')).toHaveLength(2);
    expect(s.machine.versions).toEqual(versions());
    const states = Object.fromEntries(s.record.ledger.map(({ versions: set, state }) => [set.image, state]));
    expect(states).toEqual({ 'image-1': 'works', 'image-2': 'broken' });
  });

  test('on which the machine does not start is undone as well, although nobody inside told of it', () => {
    const s = Scenario.healthy();
    s.command({ kind: 'rebuild', image: 'image-2', refs: null, order: null });
    s.runUntil('being rebuilt', () => s.machine.provider === 'starting');
    s.runUntil('rebuilt', () => s.machine.provider === 'running');
    s.machine.versions = versions();
    s.machine.provider = 'stopped';
    s.runUntil('recovering', () => s.phase === 'recovering');
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual(['1 skipped machine-not-running', '2 healed healthy-again']);
    expect(s.record.versions).toEqual(versions());
  });

  test('whose way back fails goes on to level 3', () => {
    const s = rebuilt();
    s.machine.fails.add('rebuild');
    s.runUntil('past level 2', () => s.levels.length > 3);
    expect(s.levels.slice(2, 3)).toEqual(['2 failed version-change-failed']);
  });
});

test('versions that others have proven heal a machine that has never worked', () => {
  const s = new Scenario();
  const proven = [{ versions: versions({ customer: commit('e') }), lastSeenAt: T0 }];
  s.machine.broken.add(versions().customer);
  s.command({ kind: 'provision' });
  s.command({ kind: 'adopt-fleet', fleet: fleet({ project: proven }) });
  s.runUntil('healthy', () => s.record.versions?.customer === commit('e') && s.phase === 'healthy');
  expect(s.levels.at(-1)).toBe('2 healed healthy-again');
});

test('versions that worked here are left when they are quarantined, and never come back', () => {
  const s = Scenario.healthy();
  const proven = [{ versions: versions({ customer: commit('e') }), lastSeenAt: T0 }];
  s.command({ kind: 'adopt-fleet', fleet: fleet({ project: proven, quarantined: [versions()] }) });
  s.machine.broken.add(versions().customer);
  s.machine.fail('web');
  s.runUntil('healthy', () => s.record.versions?.customer === commit('e') && s.phase === 'healthy');
  s.machine.broken.add(commit('e'));
  s.machine.fail('web');
  s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
  expect(s.levels).not.toContain('2 healed healthy-again');
  expect(s.told.at(-1)).toMatchObject({ kind: 'bricked' });
});
