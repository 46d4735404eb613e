/** Whole recoveries, told as a few sentences. The faults are those of the drill, and what can go wrong besides. */
import { describe, expect, test } from 'vitest';
import { commit, HOUR, MINUTE, policy, SECOND, versions } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';

const BAD = commit('bad');

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
    s.command({ kind: 'apply-versions', refs: { customer: BAD }, order: null });
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
      'collect-evidence',
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
  s.command({ kind: 'apply-versions', refs: { platform: BAD }, order: null });
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

describe('a machine that says of itself that all is well', () => {
  test('is found out from outside by a wrong answer', () => {
    const s = Scenario.healthy();
    s.machine.lies = true;
    s.machine.erring.add('web');
    s.runUntil('recovering', () => s.phase === 'recovering');
    expect(s.openIncident?.cause).toMatchObject([{ code: 'service-not-answering', service: 'web' }]);
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels).toEqual(['1 healed healthy-again']);
  });

  test('is believed before a silence, which may be that of the way', () => {
    const s = Scenario.healthy();
    s.machine.lies = true;
    s.machine.hung.add('web');
    s.runUntil('known', () => s.record.diagnosis?.domain === 'network');
    s.runFor(20 * MINUTE);
    expect(s.incidents).toHaveLength(0);
    s.machine.lies = false;
    s.runUntil('recovering', () => s.phase === 'recovering');
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
