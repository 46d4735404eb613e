import { describe, expect, test } from 'vitest';
import {
  REPORT_PACE as PACE,
  newSchedule,
  noteAttempt,
  noteChange,
  noteOutcome,
  type ReportSchedule,
} from '../daemon/report-schedule.ts';
import { nextCallAt, nextWakeAt, sampleDueAt } from './point-schedule.ts';

const T0 = 1_000_000;
const MIDDLE = 0.5;

/** After one accepted call at `T0`, which had a sample. */
function called(calls: Partial<ReportSchedule> = {}) {
  const accepted = noteOutcome(noteAttempt(newSchedule(PACE), T0), { kind: 'accepted', everyMs: 30_000 });
  return { calls: { ...accepted, ...calls }, sampledAt: T0 };
}

test('the first call, with the first sample, is due at once', () => {
  const schedule = { calls: newSchedule(PACE), sampledAt: null };
  expect(sampleDueAt(schedule, PACE, MIDDLE)).toBe(0);
  expect(nextCallAt(schedule, PACE, MIDDLE)).toBe(0);
});

test('the next one comes with the next sample, spread by a tenth either way', () => {
  expect(nextCallAt(called(), PACE, MIDDLE)).toBe(T0 + 30_000);
  expect(nextCallAt(called(), PACE, 0)).toBe(T0 + 27_000);
});

test('calls because of changes postpone no sample', () => {
  const schedule = { calls: noteAttempt(called().calls, T0 + 20_000), sampledAt: T0 };
  expect(nextCallAt(schedule, PACE, MIDDLE)).toBe(T0 + 30_000);
});

test('an answer that asks for points without pause is not obeyed', () => {
  expect(nextCallAt(called({ everyMs: 0 }), PACE, MIDDLE)).toBe(T0 + PACE.minGapMs);
});

describe('a change', () => {
  test('is brought a moment later', () => {
    const schedule = { ...called(), calls: noteChange(called().calls, T0 + 5000) };
    expect(nextCallAt(schedule, PACE, MIDDLE)).toBe(T0 + 5000 + PACE.debounceMs);
  });

  test('does not cut a back-off short: nothing is lost by waiting', () => {
    const schedule = { ...called(), calls: noteChange({ ...called().calls, failures: 3 }, T0 + 10) };
    expect(nextCallAt(schedule, PACE, MIDDLE)).toBe(T0 + 4000);
  });
});

test('a machine that was replaced never calls again', () => {
  expect(nextCallAt(called({ retired: true }), PACE, MIDDLE)).toBeNull();
  expect(nextCallAt(called({ retired: true, failures: 2 }), PACE, MIDDLE)).toBeNull();
});

test('samples keep their pace while calls back off', () => {
  const failing = { ...called({ failures: 6, everyMs: 5000 }), sampledAt: T0 + 10_000 };
  expect(nextCallAt(failing, PACE, MIDDLE)).toBe(T0 + 30_000);
  expect(nextWakeAt(failing, PACE, MIDDLE)).toBe(T0 + 15_000);
});

test('a sample that is due goes out with the next call while calls go well', () => {
  const schedule = { calls: noteAttempt(called().calls, T0 + 29_900), sampledAt: T0 };
  expect(nextWakeAt(schedule, PACE, MIDDLE)).toBe(T0 + 29_900 + PACE.minGapMs);
});
