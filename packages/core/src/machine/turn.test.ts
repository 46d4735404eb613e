import { describe, expect, test } from 'vitest';
import {
  bricked,
  changed,
  healthyMachine,
  incident,
  MACHINE_ID,
  MINUTE,
  policy,
  SECOND,
  T0,
} from '../testing/builders.ts';
import { deepFreeze } from '../testing/deep-freeze.ts';
import type { MachineRecord } from './record.ts';
import { checkSoon, enter, note, post, start, tellIncident, update, type Turn } from './turn.ts';

function turnOf(overrides: Partial<MachineRecord> = {}): Turn {
  return { record: deepFreeze(healthyMachine(overrides)), now: T0, policy: policy(), facts: [] };
}

test('an update replaces fields and leaves the record that came in as it was', () => {
  const turn = turnOf();
  const before = turn.record;
  update(turn, { incidents: 7 });
  expect(turn.record).toEqual({ ...before, incidents: 7 });
  expect(before.incidents).toBe(0);
});

test('facts are kept in their order, with the time of the turn', () => {
  const turn = turnOf();
  note(turn, 'note', 'hello');
  tellIncident(turn, incident());
  expect(turn.facts).toEqual([
    { kind: 'event', event: { at: T0, kind: 'note', message: 'hello' } },
    { kind: 'incident', incident: incident() },
  ]);
});

describe('entering a phase', () => {
  test('says so', () => {
    const turn = turnOf();
    enter(turn, { phase: 'suspect', since: T0 }, 'web is down');
    expect(turn.facts).toMatchObject([
      { event: { kind: 'phase', message: 'healthy -> suspect: web is down' } },
    ]);
  });

  test('in which the machine is already says nothing', () => {
    const turn = turnOf();
    enter(turn, { phase: 'healthy', since: T0 }, 'again');
    expect(turn.facts).toEqual([]);
    expect(turn.record.outbox).toEqual([]);
    expect(turn.record.state.since).toBe(T0);
  });

  test('takes its rhythm: the next check is no further away than it should be there', () => {
    const turn = turnOf({ check: { ...healthyMachine().check, dueAt: T0 + 5 * MINUTE } });
    enter(turn, { phase: 'stopping', since: T0, actionId: null }, 'asked for');
    expect(turn.record.check.dueAt).toBe(T0 + SECOND);
  });
});

describe('the outbox', () => {
  test('keeps only the newest word on what became of the machine, before every other message', () => {
    const turn = turnOf();
    post(turn, changed('suspect'));
    post(turn, bricked());
    post(turn, changed('bricked', { sick: true }));
    expect(turn.record.outbox).toMatchObject([
      { id: `${MACHINE_ID}/43`, message: { kind: 'changed', phase: 'bricked' } },
      { id: `${MACHINE_ID}/42`, sends: 0, nextSendAt: T0, message: { kind: 'bricked' } },
    ]);
  });
});

test('an action gets the next sequence, and an id made from it', () => {
  const turn = turnOf();
  expect(start(turn, { do: 'restart' })).toEqual({
    do: 'restart',
    ref: { id: `${MACHINE_ID}/41`, sequence: 41 },
    createdAt: T0,
    sends: 0,
    nextSendAt: T0,
  });
  expect(turn.record).toMatchObject({ sequence: 41, pending: { do: 'restart' } });
});

describe('checking soon', () => {
  test.each([
    [SECOND, SECOND],
    [MINUTE, 30 * SECOND],
    [0, 1],
    [-SECOND, 1],
  ])('in %i ms puts the check, due in 30 s, at %i ms from now', (inMs, expected) => {
    const turn = turnOf();
    checkSoon(turn, inMs);
    expect(turn.record.check.dueAt - T0).toBe(expected);
  });
});
