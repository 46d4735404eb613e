/** Whole recoveries, told as a few sentences. The faults are those of the drill, and what can go wrong besides. */
import { describe, expect, test } from 'vitest';
import { commit, HOUR, MINUTE, policy, SECOND, versions } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';

const BAD = commit('bad');

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

describe('a service that pidnap revives by itself', () => {
  test('is no incident (level 0)', () => {
    const s = Scenario.healthy();
    s.machine.crash('web');
    s.runFor(10 * MINUTE);
    expect(s.phase).toBe('healthy');
    expect(s.incidents).toEqual([]);
  });

  test('that is down for one check only makes the machine suspect', () => {
    const s = Scenario.healthy();
    s.machine.fail('web');
    s.runUntil('suspect', () => s.phase === 'suspect');
    s.machine.crash('web');
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.incidents).toEqual([]);
  });
});

describe('a service that pidnap has given up', () => {
  test('is restarted by level 1, and nothing else is touched', () => {
    const s = Scenario.healthy();
    s.machine.fail('web');
    s.runUntil('recovering', () => s.phase === 'recovering');
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual(['1 healed healthy-again']);
    expect(s.sent.filter((one) => one !== 'copy')).toEqual(['restart web']);
    expect(s.incidents).toMatchObject([{ number: 1, outcome: 'healed', healedBy: 1 }]);
  });

  test('opens the incident within two and a half intervals', () => {
    const s = Scenario.healthy();
    const since = s.now;
    s.machine.fail('web');
    s.runUntil('recovering', () => s.phase === 'recovering');
    expect(s.now - since).toBeGreaterThan(30 * SECOND);
    expect(s.now - since).toBeLessThanOrEqual(110 * SECOND);
  });
});

describe('a daemon that hangs', () => {
  test('is noticed by its silence and restarted by level 1', () => {
    const s = Scenario.healthy();
    s.machine.hung.add('daemon');
    s.runUntil('recovering', () => s.phase === 'recovering');
    expect(s.openIncident?.cause).toMatchObject([{ code: 'daemon-not-answering', service: 'daemon' }]);
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual(['1 healed healthy-again']);
    expect(s.sent.filter((one) => one !== 'copy')).toEqual(['restart daemon']);
  });

  test('is not what a daemon is taken for whose reports get lost, but which answers when asked', () => {
    const s = Scenario.healthy();
    s.machine.muted = true;
    s.runFor(HOUR);
    expect(s.phase).toBe('healthy');
    expect(s.incidents).toEqual([]);
  });
});

describe('a bad commit of the customer', () => {
  function deployed(): Scenario {
    const s = Scenario.healthy();
    s.machine.broken.add(BAD);
    s.command({ kind: 'apply-versions', refs: { customer: BAD } });
    s.runUntil('recovering', () => s.phase === 'recovering');
    return s;
  }

  test('is not helped by restarts; level 2 brings back what worked', () => {
    const s = deployed();
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual([
      '1 failed service-gave-up-again',
      '1 failed service-gave-up-again',
      '2 healed healthy-again',
    ]);
    expect(s.machine.versions).toEqual(versions());
  });

  test('is marked broken, and is no rollback target later', () => {
    const s = deployed();
    s.runUntil('healthy', () => s.phase === 'healthy');
    const states = Object.fromEntries(s.record.ledger.map((entry) => [entry.versions.customer, entry.state]));
    expect(states).toEqual({ [commit('b')]: 'works', [BAD]: 'broken' });
  });

  test('asks the project for a permit before it rolls back, not before it restarts services', () => {
    const s = deployed();
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.sent.filter((one) => one !== 'copy')).toEqual([
      'apply-versions',
      'restart web',
      'restart web',
      'request-permit',
      'apply-versions',
    ]);
  });

  test('goes on to level 3 when the change back fails', () => {
    const s = deployed();
    s.machine.fails.add('apply-versions');
    s.runUntil('past level 2', () => s.levels.length > 3);
    expect(s.levels.slice(2, 3)).toEqual(['2 failed version-change-failed']);
  });
});

test('a bad commit of the platform is undone by level 2, although its own daemon is what is broken', () => {
  const s = Scenario.healthy();
  s.machine.broken.add(BAD);
  s.command({ kind: 'apply-versions', refs: { platform: BAD } });
  s.runUntil('recovering', () => s.phase === 'recovering');
  s.runUntil('healthy', () => s.phase === 'healthy');
  expect(s.levels).toEqual([
    '1 failed service-gave-up-again',
    '1 failed service-gave-up-again',
    '2 healed healthy-again',
  ]);
  expect(s.machine.versions).toEqual(versions());
});

test('a bad commit that worked for the bake time is not rolled back from: it is not the commit', () => {
  const s = Scenario.healthy();
  s.machine.ruined = true;
  s.machine.fail('web');
  s.runUntil('past level 2', () => s.levels.some((level) => level.startsWith('2')));
  expect(s.levels.slice(0, 3)).toEqual([
    '1 failed service-gave-up-again',
    '1 failed service-gave-up-again',
    '2 skipped already-known-good',
  ]);
});

describe('pidnap that hangs', () => {
  test('makes levels 1 and 2 impossible, which is written down, and level 3 heals', () => {
    const s = Scenario.healthy();
    s.machine.hung.add('pidnap');
    s.machine.fail('web');
    s.runUntil('recovering', () => s.phase === 'recovering');
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual([
      '1 skipped pidnap-unreachable',
      '2 skipped pidnap-unreachable',
      '3 healed healthy-again',
    ]);
    expect(s.machine.executed.filter((one) => one !== 'copy')).toEqual(['create', 'restart']);
  });

  test('alone, with daemon and service still answering, does not go unnoticed', () => {
    const s = Scenario.healthy();
    s.machine.hung.add('pidnap');
    s.runUntil('recovering', () => s.phase === 'recovering');
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels.at(-1)).toBe('3 healed healthy-again');
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

describe('a machine that stopped', () => {
  test('is started again by level 3', () => {
    const s = Scenario.healthy();
    s.machine.provider = 'stopped';
    s.runUntil('recovering', () => s.phase === 'recovering');
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual([
      '1 skipped machine-not-running',
      '2 skipped machine-not-running',
      '3 healed healthy-again',
    ]);
  });

  test('is given up when it cannot be started', () => {
    const s = Scenario.healthy();
    s.machine.provider = 'stopped';
    s.machine.fails.add('restart');
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.levels.slice(2)).toEqual(['3 failed operation-failed', '4 running']);
  });
});

describe('a machine on which nothing helps', () => {
  test('climbs every level once and is given up', () => {
    const s = Scenario.healthy();
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    expect(s.levels).toEqual([
      '1 failed service-gave-up-again',
      '1 failed service-gave-up-again',
      '2 skipped already-known-good',
      '3 failed service-gave-up-again',
      '4 running',
    ]);
  });

  test('is given up within the sum of what the ladder allows', () => {
    const s = Scenario.healthy();
    s.machine.hung.add('web');
    s.machine.stubborn.add('web');
    s.machine.fails.add('restart');
    s.runUntil('recovering', () => s.phase === 'recovering');
    const since = s.now;
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.now - since).toBeLessThan(2 * (2 * MINUTE) + 5 * MINUTE + 5 * MINUTE);
  });

  test('goes up a level, never round in circles, when the budget of restarts is spent', () => {
    const s = Scenario.healthy(policy({ budgets: { actions: { max: 3, withinMs: HOUR } } }));
    for (let round = 0; round < 3; round++) {
      s.machine.fail('web');
      s.runUntil('recovering', () => s.phase === 'recovering');
      s.runUntil('healthy', () => s.phase === 'healthy');
    }
    s.machine.fail('web');
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.levels.filter((level) => level.endsWith('budget-spent'))).toHaveLength(3);
  });
});

describe('a daemon that lies', () => {
  test('is found out by the witness outside', () => {
    const s = Scenario.healthy();
    s.machine.lies = true;
    s.machine.hung.add('web');
    s.runUntil('recovering', () => s.phase === 'recovering');
    expect(s.openIncident?.cause).toMatchObject([{ code: 'service-not-answering', service: 'web' }]);
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual(['1 healed healthy-again']);
  });
});

describe('a relapse', () => {
  test('before the success has settled goes on with the same incident, and does not go down', () => {
    const s = Scenario.healthy();
    s.machine.fail('web');
    s.runUntil('settling', () => s.phase === 'settling');
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runUntil('past level 1', () => s.levels.length > 2);
    expect(s.incidents).toHaveLength(1);
    expect(s.levels.slice(0, 2)).toEqual(['1 failed relapsed', '1 failed service-gave-up-again']);
  });

  test('is not hidden by the time that a restarted machine is given: it was seen healthy', () => {
    const s = Scenario.healthy();
    s.machine.provider = 'stopped';
    s.runUntil('settling', () => s.phase === 'settling');
    const since = s.now;
    s.machine.hung.add('web');
    s.machine.stubborn.add('web');
    s.runUntil('sick again', () => s.phase !== 'settling');
    expect(s.now - since).toBeLessThan(2 * MINUTE);
  });

  test('after the incident was closed is a new incident', () => {
    const s = Scenario.healthy();
    for (const number of [1, 2]) {
      s.machine.fail('web');
      s.runUntil('recovering', () => s.phase === 'recovering');
      s.runUntil('healthy', () => s.phase === 'healthy');
      expect(s.incidents).toHaveLength(number);
    }
    expect(s.incidents.map((one) => one.number)).toEqual([1, 2]);
  });
});

describe('an operator who stops the machine', () => {
  test('beats recovery: the incident ends as cancelled, and nothing is restarted any more', () => {
    const s = Scenario.healthy();
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runUntil('restarting', () => s.sent.includes('restart web'));
    s.command({ kind: 'stop' });
    const before = s.sent.length;
    s.runUntil('stopped', () => s.phase === 'stopped');
    s.runFor(HOUR);
    expect(s.sent.slice(before)).toEqual(['stop']);
    expect(s.incidents).toMatchObject([{ outcome: 'cancelled', tries: [{ outcome: 'failed' }] }]);
  });

  test('and starts it again finds it healthy, without an incident', () => {
    const s = Scenario.healthy();
    s.command({ kind: 'stop' });
    s.runFor(HOUR);
    expect(s.phase).toBe('stopped');
    s.command({ kind: 'start' });
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.incidents).toEqual([]);
  });

  test('has it stopped again when something else started it', () => {
    const s = Scenario.healthy();
    s.command({ kind: 'stop' });
    s.runUntil('stopped', () => s.phase === 'stopped');
    s.machine.provider = 'running';
    s.runFor(10 * MINUTE);
    expect(s.phase).toBe('stopped');
    expect(s.machine.provider).toBe('stopped');
  });

  test('has it stopped although the first try failed', () => {
    const s = Scenario.healthy();
    s.machine.fails.add('stop');
    s.command({ kind: 'stop' });
    s.runFor(MINUTE);
    expect(s.phase).toBe('stopping');
    s.machine.fails.delete('stop');
    s.runUntil('stopped', () => s.phase === 'stopped');
  });

  test('does not cost the versions their good name', () => {
    const s = Scenario.healthy();
    s.command({ kind: 'stop' });
    s.runFor(2 * HOUR);
    expect(s.record.ledger).toMatchObject([{ state: 'works', failedChecks: 0, healthySince: null }]);
  });
});

describe('a control plane that was away', () => {
  test('for ten minutes blames itself first: a machine that is fine stays healthy', () => {
    const s = Scenario.healthy();
    s.away(10 * MINUTE);
    s.runFor(10 * MINUTE);
    expect(s.phase).toBe('healthy');
    expect(s.incidents).toEqual([]);
    expect(s.story.filter((line) => line.includes('away'))).toHaveLength(1);
  });

  test('declares nothing sick during the time after its return, and then does', () => {
    const s = Scenario.healthy();
    s.machine.fail('web');
    s.away(10 * MINUTE);
    const back = s.now;
    s.runUntil('recovering', () => s.phase === 'recovering');
    expect(s.now - back).toBeGreaterThan(5 * MINUTE);
    expect(s.now - back).toBeLessThan(8 * MINUTE);
  });

  test('gives a try its time back', () => {
    const s = Scenario.healthy();
    s.machine.fail('web');
    s.runUntil('restarting', () => s.sent.includes('restart web'));
    s.away(10 * MINUTE);
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual(['1 healed healthy-again']);
  });

  test('does not let versions prove themselves while nobody watched', () => {
    const s = new Scenario();
    s.command({ kind: 'provision' });
    s.runUntil('healthy', () => s.phase === 'healthy');
    s.away(10 * MINUTE);
    s.runFor(MINUTE);
    expect(s.record.ledger).toMatchObject([{ state: 'unproven' }]);
    s.runFor(6 * MINUTE);
    expect(s.record.ledger).toMatchObject([{ state: 'works' }]);
  });

  test('is not what a slow look or a host out of reach is taken for', () => {
    const s = Scenario.healthy(
      policy({ check: { intervalMs: 1000 }, report: { everyMs: 1000, lateAfterMs: 4000 } }),
    );
    s.machine.hostReachable = false;
    s.command({ kind: 'restart' });
    s.runFor(3 * MINUTE);
    expect(s.story.filter((line) => line.includes('away'))).toEqual([]);
  });
});

describe('a host that is out of reach', () => {
  test('says nothing about the machine: no incident', () => {
    const s = Scenario.healthy();
    s.machine.hostReachable = false;
    s.runFor(HOUR);
    expect(s.incidents).toEqual([]);
    expect(s.phase).toBe('healthy');
  });

  test('in the middle of a recovery holds it, and it goes on afterwards', () => {
    const s = Scenario.healthy();
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runUntil('restarting', () => s.sent.includes('restart web'));
    s.machine.hostReachable = false;
    s.runFor(30 * MINUTE);
    expect(s.phase).toBe('recovering');
    expect(s.openIncident?.held).toMatchObject({ reason: 'provider-unknown' });
    s.machine.hostReachable = true;
    s.runUntil('given up', () => s.phase === 'bricked');
  });

  test('does not hold up the looks for the sake of a copy', () => {
    const s = Scenario.healthy();
    s.machine.hostReachable = false;
    const before = s.looks;
    s.runFor(10 * MINUTE);
    expect(s.looks - before).toBeGreaterThanOrEqual(18);
  });

  test('during a creation delays it and costs no machine', () => {
    const s = new Scenario();
    s.machine.hostReachable = false;
    s.command({ kind: 'provision' });
    s.runFor(10 * MINUTE);
    expect(s.phase).toBe('provisioning');
    s.machine.hostReachable = true;
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.incidents).toEqual([]);
  });
});

describe('the storm guard', () => {
  test('that says no holds levels 2 to 4 and is asked once per interval', () => {
    const s = Scenario.healthy();
    s.permit = () => ({ ok: true, permit: { granted: false, message: '3 of 3 machines are sick' } });
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runUntil('held', () => s.openIncident?.held !== null && s.openIncident !== null);
    const asked = s.sent.length;
    const looks = s.looks;
    s.runFor(HOUR);
    expect(s.phase).toBe('recovering');
    expect(s.openIncident?.held).toMatchObject({ reason: 'storm-guard' });
    expect(s.sent.length - asked).toBeLessThanOrEqual(121);
    expect(s.looks - looks).toBeLessThanOrEqual(150);
    expect(s.machine.executed).not.toContain('restart');
  });

  test('that does not answer is no permit', () => {
    const s = Scenario.healthy();
    s.permit = () => ({ ok: false, code: 'DEADLINE_EXCEEDED', message: 'no answer', retryable: true });
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runUntil('held', () => s.openIncident !== null && s.openIncident.held !== null);
    expect(s.openIncident?.held).toMatchObject({ reason: 'no-permit-answer' });
    s.runFor(HOUR);
    expect(s.machine.executed).not.toContain('restart');
  });

  test('whose permits have lapsed when they arrive is not asked without a pause', () => {
    const s = Scenario.healthy();
    s.permit = () => ({ ok: true, permit: { granted: true, expiresAt: s.now - 1 } });
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runFor(30 * MINUTE);
    expect(s.machine.executed).not.toContain('restart');
  });

  test('lets the machine act when the storm is over', () => {
    const s = Scenario.healthy();
    const { permit } = s;
    s.permit = () => ({ ok: true, permit: { granted: false, message: 'a storm' } });
    s.machine.provider = 'stopped';
    s.runUntil('held', () => s.openIncident !== null && s.openIncident.held !== null);
    s.permit = permit;
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels.at(-1)).toBe('3 healed healthy-again');
  });

  test('is not needed by a machine that gets well by itself, which is nobody’s merit', () => {
    const s = Scenario.healthy();
    s.permit = () => ({ ok: true, permit: { granted: false, message: 'a storm' } });
    s.machine.provider = 'stopped';
    s.runUntil('held', () => s.openIncident !== null && s.openIncident.held !== null);
    s.machine.provider = 'running';
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.incidents).toMatchObject([{ outcome: 'healed', healedBy: 0 }]);
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

describe('a shell that dies between storing and sending', () => {
  test.each([1, 2, 3, 4, 5])(
    'sends the same again after %i deaths, and the machine comes up once',
    (deaths) => {
      const s = new Scenario();
      s.crashes = deaths;
      s.command({ kind: 'provision' });
      s.runUntil('healthy', () => s.phase === 'healthy');
      expect(s.machine.executed.filter((one) => one === 'create')).toHaveLength(1);
    },
  );

  test('every time it sends something does not block the machine for ever', () => {
    const s = Scenario.healthy();
    s.machine.fail('web');
    s.crashes = 40;
    s.runUntil('recovering', () => s.phase === 'recovering');
    s.runUntil('healthy', () => s.phase === 'healthy');
  });
});

describe('a project that is out of reach', () => {
  test('is told of the brick when it is back', () => {
    const s = Scenario.healthy();
    s.machine.vanish({ withDisk: false });
    s.runUntil('bricked', () => s.phase === 'bricked');
    s.projectReachable = false;
    s.runFor(HOUR);
    expect(s.told.some((message) => message.kind === 'bricked')).toBe(false);
    s.projectReachable = true;
    s.runFor(2 * MINUTE);
    expect(s.told.filter((message) => message.kind === 'bricked')).toHaveLength(1);
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

  test('a machine that was never created needs nothing to be stopped', () => {
    const s = new Scenario();
    s.command({ kind: 'retire' });
    s.runFor(MINUTE);
    expect(s.record.state).toMatchObject({ phase: 'retired', settled: true });
    s.command({ kind: 'destroy' });
    s.runUntil('destroyed', () => s.phase === 'destroyed');
  });
});
