import { describe, expect, test } from 'vitest';
import {
  attempt,
  healthyMachine,
  HOUR,
  incident,
  levelTry,
  machine,
  MACHINE_ID,
  MINUTE,
  pending,
  policy,
  recovering,
  SECOND,
  sickMachine,
  T0,
} from '../testing/builders.ts';
import { decideOn, story } from '../testing/deciding.ts';
import { MOST_SENDS } from './on-finished.ts';
import type { MachineRecord } from './record.ts';
import { wakeAt } from './wake.ts';

function wake(record: MachineRecord, now: number) {
  return decideOn(record, { type: 'woke' }, { now });
}

const saysAway = (lines: string[]) => lines.some((line) => line.includes('away'));

describe('an alarm that comes late', () => {
  const dueAt = healthyMachine().check.dueAt;

  test.each([
    [0, false],
    [90 * SECOND, false],
    [91 * SECOND, true],
    [HOUR, true],
  ])('by %i ms: we were away: %s', (lateBy, expected) => {
    expect(saysAway(story(wake(healthyMachine(), dueAt + lateBy)))).toBe(expected);
  });

  test('says nothing at the very first', () => {
    const record = healthyMachine({ lastTickAt: null });
    expect(saysAway(story(wake(record, dueAt + HOUR)))).toBe(false);
  });

  test('is measured from what was to be sent, when something waits for an outcome', () => {
    const record = healthyMachine({ pending: pending({ do: 'copy' }, { nextSendAt: dueAt + HOUR }) });
    expect(saysAway(story(wake(record, dueAt + HOUR)))).toBe(false);
  });

  test('is not what a look that took long is: its outcome was a tick', () => {
    const record = healthyMachine({ lastTickAt: dueAt + HOUR });
    expect(saysAway(story(wake(record, dueAt + HOUR + SECOND)))).toBe(false);
  });

  test('gives time back once, not at every wake', () => {
    const tries = [levelTry({ outcome: 'running', endedAt: null })];
    const state = recovering({ incident: incident({ tries }), attempt: attempt() });
    const action = pending({ do: 'restart-services', names: ['web'] });
    const first = wake(sickMachine({ state, pending: action }), T0 + 10 * MINUTE);
    const second = wake(first.record, T0 + 10 * MINUTE + 2 * SECOND);
    const given = second.record.state.phase === 'recovering' ? second.record.state.attempt?.until : null;
    expect(given).toBe(attempt().until + 10 * MINUTE - SECOND);
  });
});

describe('an action that never got an outcome', () => {
  const last = (overrides = {}) =>
    pending({ do: 'stop' }, { sends: MOST_SENDS, nextSendAt: T0, ...overrides });

  test('is given up after its last send, so that it blocks nothing for ever', () => {
    const record = healthyMachine({ pending: last() });
    const decision = wake(record, T0);
    expect(story(decision)).toEqual(['stop was not taken: no outcome after 6 sends']);
    expect(decision.record.pending).toBeNull();
  });

  test('is given up at once when it must not be repeated: work that was brought back would be in its way', () => {
    const work = pending({ do: 'restore-work', from: MACHINE_ID, evidence: '17' }, { nextSendAt: T0 });
    const decision = wake(healthyMachine({ pending: work }), T0);
    expect(story(decision)).toEqual(['restore-work was not taken: no outcome after 1 send']);
    expect(decision.actions).toEqual([]);
  });

  test('is waited for until the time of the next send', () => {
    const record = healthyMachine({ pending: last({ nextSendAt: T0 + 1 }) });
    expect(wake(record, T0).record.pending).toEqual(record.pending);
  });

  test('is sent again while there are sends left', () => {
    const record = healthyMachine({ pending: last({ sends: MOST_SENDS - 1 }) });
    expect(wake(record, T0).actions).toMatchObject([{ do: 'stop', sends: MOST_SENDS }]);
  });

  test('of a level makes that try fail', () => {
    const tries = [levelTry({ outcome: 'running', reason: null, endedAt: null })];
    const state = recovering({ incident: incident({ tries }), attempt: attempt({ dispatchedAt: null }) });
    const stuck = last({ do: 'restart-services', names: ['web'] });
    const { record } = wake(sickMachine({ state, pending: stuck }), T0 + SECOND);
    expect(record.state).toMatchObject({
      attempt: null,
      incident: { tries: [{ outcome: 'failed', reason: 'operation-failed' }] },
    });
  });

  test('that asked for a permit is no permit', () => {
    const skips = [levelTry({ outcome: 'skipped' }), levelTry({ level: 2, outcome: 'skipped' })];
    const state = recovering({ incident: incident({ tries: skips }) });
    const stuck = last({ do: 'request-permit', level: 3 });
    const { record } = wake(sickMachine({ state, pending: stuck }), T0);
    expect(record.state).toMatchObject({ permit: null, incident: { held: { reason: 'no-permit-answer' } } });
  });

  test('that was a look is followed by another look, under another id', () => {
    const stuck = pending({ do: 'observe', depth: 'deep' }, { sends: MOST_SENDS, nextSendAt: T0 });
    const check = { ...healthyMachine().check, dueAt: T0 };
    const { actions } = wake(healthyMachine({ pending: stuck, check }), T0);
    expect(actions).toMatchObject([{ do: 'observe', sends: 1, ref: { id: `${MACHINE_ID}/41` } }]);
  });
});

describe('a look that was lost with the object that made it', () => {
  test('is asked anew when the next check is due, under another id', () => {
    const lost = pending({ do: 'observe', depth: 'light' }, { nextSendAt: T0 + SECOND });
    const record = healthyMachine({ pending: lost });
    expect(wakeAt(record, T0)).toBe(record.check.dueAt);
    const early = wake(record, T0 + SECOND);
    expect([early.actions, early.record.pending]).toEqual([[], null]);
    const { actions } = wake(record, record.check.dueAt);
    expect(actions).toMatchObject([{ do: 'observe', sends: 1, ref: { id: `${MACHINE_ID}/41` } }]);
  });

  test('holds up no command', () => {
    const lost = pending({ do: 'observe', depth: 'light' });
    const record = healthyMachine({ pending: lost, commands: [{ kind: 'restart' }] });
    expect(wakeAt(record, T0)).toBe(T0 + 1);
    expect(wake(record, T0 + 1).actions).toMatchObject([{ do: 'restart' }]);
  });
});

describe('how late the alarm is', () => {
  const late = (record: MachineRecord, lagMs: number, now = T0) =>
    decideOn(record, { type: 'woke', scheduledFor: now - lagMs }, { now }).record;

  test('is kept of the last one and of the worst of an hour', () => {
    const first = late(healthyMachine(), 40);
    expect(first.lag).toEqual({ lastMs: 40, worstMs: 40, since: T0 });
    const second = late(first, 900, T0 + MINUTE);
    const third = late(second, 3, T0 + 2 * MINUTE);
    expect(third.lag).toEqual({ lastMs: 3, worstMs: 900, since: T0 });
    expect(late(third, 5, T0 + HOUR).lag).toEqual({ lastMs: 5, worstMs: 5, since: T0 + HOUR });
  });

  test('is nothing when our clock is behind the alarm', () => {
    expect(late(healthyMachine(), -500).lag?.lastMs).toBe(0);
  });

  test('is not known when nobody says what the alarm was set to', () => {
    expect(wake(healthyMachine(), T0).record.lag).toBeNull();
  });
});

describe('the rhythm', () => {
  test('takes a shorter interval from the policy at once', () => {
    const check = { ...healthyMachine().check, dueAt: T0 + HOUR };
    const quick = policy({ check: { intervalMs: 1000 } });
    const decision = decideOn(healthyMachine({ check }), { type: 'woke' }, { policy: quick });
    expect(decision.wakeAt).toBeLessThanOrEqual(T0 + 1500);
  });

  test('is not disturbed by a wake for something else', () => {
    const record = healthyMachine();
    const check = decideOn(record, { type: 'woke' }, { now: T0 + SECOND }).record.check;
    const again = decideOn({ ...record, check }, { type: 'woke' }, { now: T0 + 2 * SECOND }).record.check;
    expect(again.dueAt).toBe(check.dueAt);
  });

  test('does not begin for a machine that nobody watches', () => {
    expect(wake(machine(), T0 + HOUR).record.check).toEqual(machine().check);
  });
});
