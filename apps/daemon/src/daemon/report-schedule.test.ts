import { describe, expect, test } from 'vitest';
import {
  REPORT_PACE as PACE,
  backoffMs,
  newSchedule,
  nextAttemptAt,
  noteAttempt,
  noteChange,
  noteOutcome,
  noteRelease,
  type ReportSchedule,
} from './report-schedule.ts';

const T0 = 1_000_000;
const MIDDLE = 0.5;

/** After one accepted report at `T0` that told the interval. */
function reported(everyMs = 30_000): ReportSchedule {
  return noteOutcome(noteAttempt(newSchedule(PACE), T0), { kind: 'accepted', everyMs });
}

function failed(times: number): ReportSchedule {
  let schedule = reported();
  for (let i = 0; i < times; i++) schedule = noteOutcome(noteAttempt(schedule, T0), { kind: 'failed' });
  return schedule;
}

test('the first report is due at once', () => {
  expect(nextAttemptAt(newSchedule(PACE), PACE, MIDDLE)).toBe(0);
});

test('the answer tells when the next one is due, spread by a tenth either way', () => {
  expect(nextAttemptAt(reported(), PACE, MIDDLE)).toBe(T0 + 30_000);
  expect(nextAttemptAt(reported(), PACE, 0)).toBe(T0 + 27_000);
  expect(nextAttemptAt(reported(), PACE, 1)).toBeCloseTo(T0 + 33_000);
});

describe('an answer that says when the next report costs least', () => {
  const aimed = (nextInMs: number) =>
    noteOutcome(noteAttempt(newSchedule(PACE), T0), { kind: 'accepted', everyMs: 30_000, nextInMs });

  test('is obeyed to the second', () => {
    expect(nextAttemptAt(aimed(24_000), PACE, MIDDLE)).toBe(T0 + 24_000);
    expect(nextAttemptAt(aimed(24_000), PACE, 0)).toBe(T0 + 23_000);
    expect(nextAttemptAt(aimed(24_000), PACE, 1)).toBe(T0 + 25_000);
  });

  test.each([
    [0, 15_000],
    [10_000_000, 45_000],
  ])('is not obeyed beyond half and one and a half of the interval: %i ms', (nextInMs, waited) => {
    expect(nextAttemptAt(aimed(nextInMs), PACE, MIDDLE)).toBe(T0 + waited);
  });

  test('counts for one report, not for the repeats of one that failed', () => {
    const schedule = noteOutcome(noteAttempt(aimed(24_000), T0), { kind: 'failed' });
    expect(nextAttemptAt(schedule, PACE, MIDDLE)).toBe(T0 + PACE.backoff.initialMs);
  });
});

test('an answer that asks for reports without pause is not obeyed', () => {
  expect(nextAttemptAt(reported(0), PACE, MIDDLE)).toBe(T0 + PACE.minGapMs);
});

describe('a change', () => {
  test('is reported a moment later, together with those that follow it closely', () => {
    const once = noteChange(reported(), T0 + 5000);
    const twice = noteChange(once, T0 + 5080);
    expect(nextAttemptAt(once, PACE, MIDDLE)).toBe(T0 + 5100);
    expect(nextAttemptAt(twice, PACE, MIDDLE)).toBe(T0 + 5100);
  });

  test('right after a report waits for the least pause', () => {
    expect(nextAttemptAt(noteChange(reported(), T0 + 1), PACE, MIDDLE)).toBe(T0 + PACE.minGapMs);
  });

  test('never postpones the regular report', () => {
    expect(nextAttemptAt(noteChange(reported(), T0 + 29_990), PACE, MIDDLE)).toBe(T0 + 30_000);
  });

  test('is carried by the next attempt and then forgotten', () => {
    const schedule = noteAttempt(noteChange(reported(), T0 + 5000), T0 + 5100);
    expect(schedule.changedAt).toBeNull();
  });

  test('during a failed attempt is tried again soon', () => {
    const changed = noteOutcome(noteChange(noteAttempt(reported(), T0), T0 + 50), { kind: 'failed' });
    expect(nextAttemptAt(changed, PACE, MIDDLE)).toBe(T0 + PACE.minGapMs);
  });
});

describe('failures', () => {
  test('are retried after pauses that double up to a cap', () => {
    expect([1, 2, 3, 4, 5, 6, 50].map((failures) => backoffMs(failures, PACE))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
    expect(nextAttemptAt(failed(3), PACE, MIDDLE)).toBe(T0 + 4000);
  });

  test('are spread too, so that a fleet does not come back in step', () => {
    expect(nextAttemptAt(failed(3), PACE, 0)).toBe(T0 + 3600);
  });

  test('are forgotten with the next accepted report', () => {
    expect(noteOutcome(failed(6), { kind: 'accepted', everyMs: 10_000 }).failures).toBe(0);
  });
});

test('a machine that was replaced never reports again, whatever changes', () => {
  const retired = noteChange(noteOutcome(reported(), { kind: 'retired' }), T0 + 10);
  expect(nextAttemptAt(retired, PACE, MIDDLE)).toBeNull();
});

describe('an answer that says when to come again', () => {
  const held = noteOutcome(noteAttempt(reported(), T0), { kind: 'failed', holdUntil: T0 + 60_000 });

  test('is obeyed, whatever changes meanwhile', () => {
    expect(nextAttemptAt(held, PACE, MIDDLE)).toBe(T0 + 60_000);
    expect(nextAttemptAt(noteChange(held, T0 + 5000), PACE, MIDDLE)).toBe(T0 + 60_000);
  });

  test('cuts no back-off short', () => {
    const soon = noteOutcome(noteAttempt(failed(5), T0), { kind: 'failed', holdUntil: T0 + 1000 });
    expect(nextAttemptAt(soon, PACE, MIDDLE)).toBe(T0 + 30_000);
  });

  test('is forgotten once what it was about is over', () => {
    const released = nextAttemptAt(noteRelease(held, T0 + 5000), PACE, MIDDLE);
    expect(released).toBeLessThanOrEqual(T0 + 5000 + PACE.debounceMs);
    const later = noteOutcome(noteAttempt(held, T0 + 60_000), { kind: 'failed' });
    expect(nextAttemptAt(later, PACE, MIDDLE)).toBeLessThan(T0 + 70_000);
  });
});
