/** How machines come into the world, and how they leave it. */
import { describe, expect, test } from 'vitest';
import { commit, HOUR, MINUTE, SECOND, versions } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';

describe('a machine in good health', () => {
  test('is created, becomes healthy, and tells the project', () => {
    const s = new Scenario();
    s.command({ kind: 'provision' });
    s.runFor(2 * MINUTE);
    expect(s.phase).toBe('healthy');
    expect(s.machine.executed).toEqual(['create', 'copy']);
    expect(s.told.map((message) => (message.kind === 'changed' ? message.phase : message.kind))).toEqual([
      'provisioning',
      'starting',
      'healthy',
    ]);
  });

  test('is looked at once per interval and has its data copied as often as the policy says', () => {
    const s = Scenario.healthy();
    const before = s.looks;
    s.runFor(HOUR);
    expect(s.machine.executed).toEqual([
      'create',
      ...Array.from({ length: s.machine.copies.length }, () => 'copy'),
    ]);
    expect(s.machine.copies.length).toBeGreaterThanOrEqual(13);
    // One look per interval, one more after each copy.
    expect(s.looks - before).toBeLessThanOrEqual(120 + 13);
    expect(s.looks - before).toBeGreaterThanOrEqual(100);
    expect(s.incidents).toEqual([]);
  });

  test('has versions that count as working after the bake time', () => {
    const s = Scenario.healthy();
    expect(s.record.ledger.map(({ versions, state }) => ({ versions, state }))).toEqual([
      { versions: versions(), state: 'works' },
    ]);
  });
});

describe('a machine that is gone', () => {
  test('is given up with a fresh copy of what is left on its disk', () => {
    const s = Scenario.healthy();
    s.machine.vanish({ withDisk: false });
    const goneAt = s.now;
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    expect(s.levels).toEqual([
      '1 skipped machine-gone',
      '2 skipped machine-gone',
      '3 skipped machine-gone',
      '4 running',
    ]);
    const notice = s.told.find((message) => message.kind === 'bricked');
    expect(notice).toMatchObject({ versions: { platform: commit('a'), customer: commit('b') } });
    expect(notice?.kind === 'bricked' && (notice.copy?.takenAt ?? 0) > goneAt).toBe(true);
    expect(s.phase).toBe('bricked');
  });

  test('and its disk with it, is given up with the newest older copy', () => {
    const s = Scenario.healthy();
    s.machine.vanish({ withDisk: true });
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    const notice = s.told.find((message) => message.kind === 'bricked');
    expect(notice).toMatchObject({ copy: { copyId: s.machine.copies.at(-1)?.copyId } });
    expect(s.story).toContain('nothing is left on the disk; the newest older copy has to do');
  });

  test('is believed after two looks, without waiting for a third', () => {
    const s = Scenario.healthy();
    const since = s.now;
    s.machine.vanish({ withDisk: false });
    s.runUntil('recovering', () => s.phase !== 'healthy' && s.phase !== 'suspect');
    expect(s.now - since).toBeLessThanOrEqual(75 * SECOND);
  });

  test('sleeps once it was given up and the project knows; a late report does not bring it back', () => {
    const s = Scenario.healthy();
    s.machine.vanish({ withDisk: false });
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    const looks = s.looks;
    s.runFor(HOUR);
    expect(s.phase).toBe('bricked');
    expect(s.looks).toBe(looks);
  });

  test('is retired and later removed when the project says so', () => {
    const s = Scenario.healthy();
    s.machine.vanish({ withDisk: false });
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    s.command({ kind: 'retire' });
    s.runFor(4 * HOUR);
    expect(s.phase).toBe('retired');
    expect(s.incidents).toMatchObject([{ outcome: 'bricked', tries: [{}, {}, {}, { outcome: 'healed' }] }]);
    s.command({ kind: 'destroy' });
    s.runUntil('destroyed', () => s.phase === 'destroyed');
    expect(s.story.filter((line) => line.includes('away'))).toEqual([]);
  });
});

describe('a creation', () => {
  test('that is refused is an incident, and the project is told to make another machine', () => {
    const s = new Scenario();
    s.machine.refuses.add('create');
    s.command({ kind: 'provision' });
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    expect(s.levels).toEqual([
      '1 skipped machine-gone',
      '2 skipped machine-gone',
      '3 skipped machine-gone',
      '4 running',
    ]);
    expect(s.told.at(-1)).toMatchObject({ kind: 'bricked', copy: null, versions: { customer: 'main' } });
  });

  test('that fails half-way is an incident', () => {
    const s = new Scenario();
    s.machine.fails.add('create');
    s.command({ kind: 'provision' });
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.openIncident?.cause[0]?.message).toBe('The machine could not be created: create went wrong');
  });

  test('that the host forgot is asked for again', () => {
    const s = new Scenario();
    s.machine.loses.add('create');
    s.command({ kind: 'provision' });
    s.runFor(MINUTE);
    s.machine.loses.delete('create');
    s.runUntil('healthy', () => s.phase === 'healthy');
  });

  test('that never ends is an incident after the time of level 4', () => {
    const s = new Scenario();
    s.machine.loses.add('create');
    s.command({ kind: 'provision' });
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.now - s.record.check.dueAt).toBeLessThan(MINUTE);
    expect(s.story.some((line) => line.includes('not created in time'))).toBe(true);
  });

  test('of a machine whose services never start ends in a substitution', () => {
    const s = new Scenario();
    s.machine.ruined = true;
    s.command({ kind: 'provision' });
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    expect(s.told.at(-1)).toMatchObject({ kind: 'bricked', versions: { customer: 'main' } });
  });
});

describe('saving the data of a machine that was given up', () => {
  function bricking(): Scenario {
    const s = Scenario.healthy();
    s.machine.ruined = true;
    s.machine.fail('web');
    return s;
  }

  test('stops it first, so that nothing writes any more, and copies then', () => {
    const s = bricking();
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    expect(s.machine.executed.slice(-2)).toEqual(['stop', 'copy']);
  });

  test('goes on without a fresh copy when the host refuses one', () => {
    const s = bricking();
    s.runUntil('bricked', () => s.phase === 'bricked');
    s.machine.refuses.add('copy');
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    expect(s.story).toContain('what is left on the disk could not be copied; an older copy has to do');
    expect(s.told.at(-1)).toMatchObject({
      kind: 'bricked',
      copy: { copyId: s.machine.copies.at(-1)?.copyId },
    });
  });

  test('is not waited for longer than a few minutes when the host is gone', () => {
    const s = bricking();
    s.runUntil('bricked', () => s.phase === 'bricked');
    s.machine.hostReachable = false;
    const since = s.now;
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    expect(s.now - since).toBeLessThan(8 * MINUTE);
  });
});

describe('retiring', () => {
  test('a machine whose stop is refused goes on trying, with pauses', () => {
    const s = Scenario.healthy();
    s.machine.refuses.add('stop');
    s.command({ kind: 'retire' });
    s.runFor(HOUR);
    expect(s.phase).toBe('retired');
    expect(s.sent.length).toBeLessThan(200);
    s.machine.refuses.delete('stop');
    s.runFor(2 * MINUTE);
    expect(s.machine.provider).toBe('stopped');
    expect(s.record.state).toMatchObject({ settled: true });
  });

  test('a machine on a host that is out of reach is done when the host is back', () => {
    const s = Scenario.healthy();
    s.machine.hostReachable = false;
    s.command({ kind: 'retire' });
    s.runFor(HOUR);
    s.machine.hostReachable = true;
    s.runFor(2 * MINUTE);
    expect(s.record.state).toMatchObject({ phase: 'retired', settled: true });
  });

  test('a machine of which its host said wrongly that it is gone is stopped when the host tells the truth', () => {
    const s = Scenario.healthy();
    s.machine.provider = 'absent';
    s.command({ kind: 'retire' });
    s.runFor(HOUR);
    expect(s.record.state).toMatchObject({ phase: 'retired', settled: true });
    s.machine.provider = 'running';
    s.runFor(10 * MINUTE);
    expect(s.machine.provider).toBe('stopped');
  });

  test('a machine that was never created needs nothing to be stopped', () => {
    const s = new Scenario();
    s.command({ kind: 'retire' });
    s.runFor(MINUTE);
    expect(s.record.state).toMatchObject({ phase: 'retired', settled: true });
    s.command({ kind: 'destroy' });
    s.runUntil('destroyed', () => s.phase === 'destroyed');
  });
});
