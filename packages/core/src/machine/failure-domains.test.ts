/** What a failure on the way to a machine does to its recovery: it holds it, and costs it nothing. */
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';

/** A machine in the middle of a restart that does not help. */
function restarting(): Scenario {
  const s = Scenario.healthy();
  s.machine.ruined = true;
  s.machine.fail('web');
  s.runUntil('restarting', () => s.sent.includes('restart'));
  return s;
}

describe('a broken path to a machine', () => {
  test('that only we cannot reach is no incident: its reports arrive', () => {
    const s = Scenario.healthy();
    s.machine.unreachable = true;
    s.runFor(2 * HOUR);
    expect(s.incidents).toEqual([]);
    expect(s.record.diagnosis).toMatchObject({ domain: 'network' });
    s.machine.unreachable = false;
    s.runUntil('well', () => s.record.diagnosis === null);
  });

  test('in both directions is no incident either: the witness inside finds pidnap well', () => {
    const s = Scenario.healthy();
    s.machine.unreachable = true;
    s.machine.muted = true;
    s.runFor(2 * HOUR);
    expect(s.incidents).toEqual([]);
    expect(s.record.diagnosis).toMatchObject({ domain: 'network' });
    expect(s.machine.executed.filter((one) => one !== 'copy')).toEqual(['create']);
  });

  test('that comes and goes does not hide a service that is down', () => {
    const s = Scenario.healthy();
    s.machine.ruined = true;
    s.machine.fail('web');
    s.permit = () => ({ ok: true, permit: { granted: false, reason: 'storm-guard', message: 'a storm' } });
    for (let turns = 0; turns < 60; turns++) {
      s.machine.unreachable = !s.machine.unreachable;
      s.runFor(30 * SECOND);
    }
    expect(s.incidents).toMatchObject([{ cause: [{ code: 'service-down' }] }]);
  });

  test('does not hide a dead pidnap: the witness inside finds it silent', () => {
    const s = Scenario.healthy();
    s.machine.hung.add('pidnap');
    s.machine.hung.add('web');
    s.machine.hung.add('daemon');
    s.runUntil('restarted', () => s.sent.includes('restart'));
    expect(s.incidents.at(-1)?.diagnosis).toMatchObject({ domain: 'machine' });
  });
});

describe('a path that breaks in the middle of a recovery', () => {
  test('holds it with its reason, and costs it no try', () => {
    const s = restarting();
    const tries = s.levels.length;
    s.machine.hostReachable = false;
    s.runFor(3 * HOUR);
    expect(s.levels).toHaveLength(tries);
    expect(s.openIncident?.held).toMatchObject({
      reason: 'not-the-machine',
      message: expect.stringContaining('The host fails, not the machine') as string,
    });
    expect(s.openIncident?.diagnosis).toMatchObject({ domain: 'host' });
  });

  test('costs it no time: a try that would have worked still counts as one that worked', () => {
    const s = Scenario.healthy();
    s.machine.stubborn.add('web');
    s.machine.hung.add('web');
    s.runUntil('restarting', () => s.sent.includes('restart'));
    s.machine.hostReachable = false;
    s.runFor(30 * MINUTE);
    s.machine.hostReachable = true;
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.levels.at(-1)).toBe('3 healed healthy-again');
  });

  test('lets it go on as soon as the machine is to blame again', () => {
    const s = restarting();
    s.machine.hostReachable = false;
    s.runFor(HOUR);
    s.machine.hostReachable = true;
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.story.some((line) => line.startsWith('goes on after'))).toBe(true);
  });

  test('by our own absence does nothing during the time after our return', () => {
    const s = restarting();
    s.runUntil('between tries', () => s.openIncident?.tries.at(-1)?.level === 3);
    s.away(HOUR);
    const back = s.now;
    const sent = s.sent.length;
    s.runFor(4 * MINUTE);
    expect(s.sent.slice(sent).filter((one) => one !== 'copy')).toEqual([]);
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.now - back).toBeGreaterThan(5 * MINUTE);
  });
});

describe('a machine that is on another host', () => {
  test('is not gone: the host that does not have it says nothing', () => {
    const s = Scenario.healthy();
    s.machine.host = 'host-2';
    s.machine.vanish({ withDisk: true });
    s.machine.muted = true;
    s.runFor(2 * HOUR);
    expect(s.incidents).toEqual([]);
    expect(s.record.host).toBe('host-1');
    expect(s.record.diagnosis).toMatchObject({ domain: 'host' });
  });

  test('that is gone from its own host is gone', () => {
    const s = Scenario.healthy();
    s.machine.vanish({ withDisk: true });
    s.runUntil('given up', () => s.phase === 'bricked');
  });
});

describe('the project', () => {
  test('is told which host has a machine, and when it is gone, also without a new phase', () => {
    const s = Scenario.healthy();
    expect(s.told.at(-1)).toMatchObject({ phase: 'healthy', host: 'host-1', gone: false });
    s.permit = () => ({ ok: true, permit: { granted: false, reason: 'mass-absence', message: 'all gone' } });
    s.machine.vanish({ withDisk: true });
    s.runUntil('held', () => s.openIncident?.held?.reason === 'mass-absence');
    expect(s.told.at(-1)).toMatchObject({ phase: 'recovering', gone: true, sick: true });
    const before = s.told.length;
    s.machine.provider = 'stopped';
    s.runUntil('told', () => s.told.length > before);
    expect(s.told.at(-1)).toMatchObject({ phase: 'recovering', gone: false });
  });

  test('that gives leave at last, because others are back, has nobody given up who is back as well', () => {
    const s = Scenario.healthy();
    const { permit } = s;
    s.permit = () => ({ ok: true, permit: { granted: false, reason: 'mass-absence', message: 'all gone' } });
    s.machine.provider = 'absent';
    s.runUntil('held', () => s.openIncident?.held?.reason === 'mass-absence');
    s.permit = (...asked) => {
      s.machine.provider = 'running';
      return permit(...asked);
    };
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.incidents).toMatchObject([{ outcome: 'healed', healedBy: 0 }]);
  });

  test('that gives leave at last has a machine restarted that is back and stopped, and not given up', () => {
    const s = Scenario.healthy();
    const { permit } = s;
    s.permit = () => ({ ok: true, permit: { granted: false, reason: 'mass-absence', message: 'all gone' } });
    s.machine.provider = 'absent';
    s.runUntil('held', () => s.openIncident?.held?.reason === 'mass-absence');
    s.machine.provider = 'stopped';
    s.permit = permit;
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.incidents).toMatchObject([{ outcome: 'healed', healedBy: 3 }]);
  });

  test('goes on counting a machine as gone while nobody can tell whether it is', () => {
    const s = Scenario.healthy();
    s.permit = () => ({ ok: true, permit: { granted: false, reason: 'mass-absence', message: 'all gone' } });
    s.machine.provider = 'absent';
    s.runUntil('held', () => s.openIncident?.held?.reason === 'mass-absence');
    s.machine.hostReachable = false;
    s.runFor(5 * MINUTE);
    expect(s.record.diagnosis).toMatchObject({ domain: 'host' });
    expect(s.told.at(-1)).toMatchObject({ phase: 'recovering', gone: true });
  });

  test('is not told that a machine is gone which does not exist yet', () => {
    const s = new Scenario();
    s.command({ kind: 'provision' });
    s.runUntil('healthy', () => s.phase === 'healthy');
    expect(s.told.every((message) => message.kind === 'changed' && !message.gone)).toBe(true);
  });
});
