/** A clock that steps, ahead or back, by any amount and at any moment. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  changed,
  healthyMachine,
  HOUR,
  incident,
  ledgerEntry,
  levelTry,
  MINUTE,
  observation,
  pending,
  permit,
  policy,
  recovering,
  report,
  SECOND,
  sickMachine,
  T0,
  webDown,
} from '../testing/builders.ts';
import { decideOn, look, story } from '../testing/deciding.ts';
import { Scenario } from '../testing/scenario.ts';
import { timeFor } from './clock-step.ts';
import type { MachineRecord } from './record.ts';

const SEED = 20_260_107;
const INTERVAL = policy().check.intervalMs;

/** Every number in a value that can only be a time. */
function timesIn(value: unknown): number[] {
  if (typeof value === 'number') return value > T0 / 2 ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(timesIn) : [];
}

describe('a clock that is a little behind', () => {
  test.each([
    [0, T0],
    [-1, T0],
    [-MINUTE, T0],
    [-MINUTE - 1, T0 - MINUTE - 1],
    [SECOND, T0 + SECOND],
  ])('by %i ms: the record goes on at %i', (ms, expected) => {
    expect(timeFor(healthyMachine(), T0 + ms)).toBe(expected);
  });

  test('is told to nobody, and every wake lies after what was seen', () => {
    const { facts, wakeAt } = decideOn(healthyMachine(), { type: 'woke' }, { now: T0 - 30 * SECOND });
    expect(facts).toEqual([]);
    expect(wakeAt).toBeGreaterThan(T0);
  });
});

describe('a clock that went back', () => {
  const tries = [levelTry({ outcome: 'running', reason: null, endedAt: null })];
  const trying = (): MachineRecord =>
    sickMachine({
      state: recovering({ incident: incident({ tries }), attempt: attempt(), permit: permit(3) }),
      spent: [{ at: T0, level: 1 }],
      ledger: [ledgerEntry(), ledgerEntry({ healthySince: T0, state: 'unproven' })],
      startGraceUntil: T0 + MINUTE,
    });

  test('is told once, and begins a time in which no incident is opened', () => {
    const now = T0 - HOUR;
    const first = decideOn(healthyMachine(), { type: 'woke' }, { now });
    expect(story(first)).toEqual(['The clock went back by 3600 s; no new incident is opened for a while']);
    expect(first.record.returnGraceUntil).toBe(now + 5 * MINUTE);
    expect(story(decideOn(first.record, { type: 'woke' }, { now: now + SECOND }))).toEqual([]);
  });

  test('leaves no time in the record that is further away than the longest delay there is', () => {
    const now = T0 - 10 * HOUR;
    const message = changed('healthy', { versionsSince: null, healthySince: null });
    const waiting = healthyMachine({
      pending: pending({ do: 'copy' }),
      outbox: [{ id: 'x', sends: 9, nextSendAt: T0 + MINUTE, message }],
      change: { actionId: 'x', startedAt: T0 },
    });
    const settling = healthyMachine({
      state: { phase: 'settling', since: T0, incident: incident({ healedAt: T0 }) },
    });
    const salvage = { step: 'copy', actionId: 'x', until: T0 + MINUTE } as const;
    const bricked = sickMachine({
      state: { phase: 'bricked', since: T0, incident: incident({ tries: [levelTry()] }), salvage },
    });
    for (const before of [healthyMachine(), trying(), waiting, settling, bricked]) {
      const { record } = decideOn(before, { type: 'woke' }, { now });
      // These are times by the clocks of machines and hosts, and are never compared with ours.
      const ours = {
        ...record,
        report: null,
        inspection: null,
        observedServices: [],
        copy: record.copy.dueAt,
      };
      expect(Math.max(...timesIn(ours))).toBeLessThanOrEqual(now + 10 * MINUTE);
    }
  });

  test('leaves a try no more time than its level has, and no less', () => {
    const { state } = decideOn(trying(), { type: 'woke' }, { now: T0 - HOUR }).record;
    expect(state).toMatchObject({ attempt: { startedAt: T0 - HOUR, until: T0 - HOUR + 2 * MINUTE } });
  });

  test('does not let a report from the future be fresh for ever', () => {
    const ahead = decideOn(
      healthyMachine(),
      { type: 'reported', report: report({ seq: 2 }) },
      { now: T0 + HOUR },
    ).record;
    expect(ahead.report?.receivedAt).toBe(T0 + HOUR);
    const { record } = decideOn(ahead, { type: 'woke' }, { now: T0 + SECOND });
    expect(record.report?.receivedAt).toBe(T0 + SECOND);
  });

  test('in the middle of a look does not open an incident', () => {
    const before = healthyMachine({
      check: { ...healthyMachine().check, failed: 2, lastFailedAt: T0 - MINUTE, firstFailedAt: T0 - MINUTE },
    });
    const { record } = look(before, webDown(), { now: T0 - HOUR });
    expect(record.state.phase).toBe('healthy');
    expect(record.diagnosis).toMatchObject({ domain: 'control-plane' });
    expect(look(before, observation(), { now: T0 - HOUR }).record.verdict?.health).toBe('healthy');
  });
});

/** Steps of the clock, and how long it is left alone after each. */
const steps = fc.array(
  fc.record({
    byMs: fc.oneof(
      fc.integer({ min: -2 * MINUTE, max: 2 * MINUTE }),
      fc.integer({ min: -72 * HOUR, max: 72 * HOUR }),
    ),
    restMs: fc.nat(6 * MINUTE),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('however the clock steps', () => {
  test('a machine that is fine is looked at again within two intervals, and no incident opens', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const s = Scenario.healthy();
        for (const { byMs, restMs } of given) {
          s.stepClock(byMs);
          const { looks } = s;
          // A clock that is less than a minute behind is waited for.
          s.runFor(2 * INTERVAL + MINUTE);
          expect(s.looks).toBeGreaterThan(looks);
          s.runFor(restMs);
        }
        expect(s.incidents).toEqual([]);
        expect(s.phase).toBe('healthy');
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  test('a machine that is sick is healed', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom('web', 'daemon', 'pidnap'), (given, name) => {
        const s = Scenario.healthy();
        s.machine.hung.add(name);
        for (const { byMs, restMs } of given) {
          s.runFor(restMs);
          s.stepClock(byMs);
        }
        s.runUntil('healthy', () => s.phase === 'healthy' && s.machine.hung.size === 0);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});
