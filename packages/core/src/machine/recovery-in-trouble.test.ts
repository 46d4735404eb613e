/** Recoveries in trouble that is not the machine's: operators, the host, the project, and our own absence. */
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, policy, SECOND } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';

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

  test.each([1, 29, 100, 250, 296, 299, 301, 600, 3601])(
    'and starts it again %i s later is not taken for an absence of ours',
    (seconds) => {
      const s = Scenario.healthy();
      s.command({ kind: 'stop' });
      s.runFor(seconds * SECOND);
      s.command({ kind: 'start' });
      s.runFor(15 * MINUTE);
      expect(s.phase).toBe('healthy');
      expect(s.story.filter((line) => line.includes('away'))).toEqual([]);
    },
  );

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
    expect(s.openIncident?.held).toMatchObject({ reason: 'not-the-machine' });
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
    s.permit = () => ({
      ok: true,
      permit: { granted: false, reason: 'storm-guard', message: '3 of 3 machines are sick' },
    });
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

  test('is asked for the next level as soon as a level has failed', () => {
    const s = Scenario.healthy();
    s.machine.ruined = true;
    s.machine.refuses.add('restart');
    s.machine.hung.add('pidnap');
    s.runUntil('restarting', () => s.sent.includes('restart'));
    const failedAt = s.now;
    s.runUntil('bricked', () => s.phase === 'bricked');
    expect(s.now - failedAt).toBeLessThan(10 * SECOND);
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
    s.permit = () => ({ ok: true, permit: { granted: false, reason: 'storm-guard', message: 'a storm' } });
    s.machine.provider = 'stopped';
    s.runUntil('held', () => s.openIncident !== null && s.openIncident.held !== null);
    s.permit = permit;
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels.at(-1)).toBe('3 healed healthy-again');
  });

  test('is not needed by a machine that gets well by itself, which is nobody’s merit', () => {
    const s = Scenario.healthy();
    s.permit = () => ({ ok: true, permit: { granted: false, reason: 'storm-guard', message: 'a storm' } });
    s.machine.provider = 'stopped';
    s.runUntil('held', () => s.openIncident !== null && s.openIncident.held !== null);
    s.machine.provider = 'running';
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.incidents).toMatchObject([{ outcome: 'healed', healedBy: 0 }]);
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
