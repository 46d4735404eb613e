import { describe, expect, test } from 'vitest';
import {
  attempt,
  healthyMachine,
  HOUR,
  incident,
  levelTry,
  MINUTE,
  policy,
  recovering,
  SECOND,
  sickMachine,
  T0,
} from '../testing/builders.ts';
import { story } from '../testing/deciding.ts';
import { noticeAbsence } from './absence.ts';
import type { MachineRecord, MachineState } from './record.ts';
import type { Turn } from './turn.ts';

function after(record: MachineRecord, lateBy: number, chosen = policy()): Turn {
  const turn: Turn = { record, now: T0, policy: chosen, facts: [] };
  noticeAbsence(turn, lateBy);
  return turn;
}

function isNoticed(record: MachineRecord, lateBy: number, chosen = policy()): boolean {
  return after(record, lateBy, chosen).record.returnGraceUntil > T0;
}

describe('we were away', () => {
  test.each([
    [30 * SECOND, 90 * SECOND, false],
    [30 * SECOND, 90 * SECOND + 1, true],
    [30 * SECOND, HOUR, true],
    [30 * SECOND, -MINUTE, false],
    [1 * SECOND, 10 * SECOND, false],
    [1 * SECOND, 10 * SECOND + 1, true],
  ])('with an interval of %i ms, when something came %i ms late: %s', (intervalMs, lateBy, expected) => {
    expect(isNoticed(healthyMachine(), lateBy, policy({ check: { intervalMs } }))).toBe(expected);
  });

  test.each<MachineState>([
    { phase: 'new', since: T0 },
    { phase: 'stopped', since: T0 },
    { phase: 'retired', since: T0, actionId: null, settled: true },
    { phase: 'destroyed', since: T0 },
  ])('means nothing to a machine that is $phase', (state) => {
    expect(isNoticed(healthyMachine({ state, desired: 'retired' }), HOUR)).toBe(false);
  });

  test('is said once, with how long', () => {
    const { facts } = after(healthyMachine(), 10 * MINUTE);
    const decision = { facts } as Parameters<typeof story>[0];
    expect(story(decision)).toEqual([
      'The control plane was away for 600 s; no new incident is opened for a while',
    ]);
  });

  test('holds new incidents back for the time the policy gives', () => {
    const gentle = policy({ grace: { afterReturnMs: 7 * MINUTE } });
    expect(after(healthyMachine(), HOUR, gentle).record.returnGraceUntil).toBe(T0 + 7 * MINUTE);
  });

  test('interrupts the baking of versions and takes back no proof', () => {
    expect(after(healthyMachine(), HOUR).record.ledger).toMatchObject([
      { state: 'works', healthySince: null },
    ]);
  });
});

describe('time that was lost is given back', () => {
  test('to the try that is under way', () => {
    const tries = [levelTry({ outcome: 'running', endedAt: null })];
    const until = (at: number) => {
      const state = recovering({ incident: incident({ tries }), attempt: attempt({ until: at }) });
      return after(sickMachine({ state }), 10 * MINUTE).record.state;
    };
    expect(until(T0 - 9 * MINUTE)).toMatchObject({ attempt: { until: T0 + MINUTE } });
    // A clock that went ahead and back would give it back twice.
    expect(until(T0 + MINUTE)).toMatchObject({ attempt: { until: T0 + 2 * MINUTE } });
  });

  test('to the saving of data', () => {
    const salvage = { step: 'copy', actionId: null, until: T0 + MINUTE } as const;
    const record = sickMachine({ state: { phase: 'bricked', since: T0, incident: incident(), salvage } });
    expect(after(record, 10 * MINUTE).record.state).toMatchObject({ salvage: { until: T0 + 11 * MINUTE } });
  });

  test('to nothing else', () => {
    const record = sickMachine();
    expect(after(record, 10 * MINUTE).record.state).toBe(record.state);
  });
});
