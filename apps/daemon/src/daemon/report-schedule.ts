/**
 * When the next report goes out. Decides; never reads a clock and never sends. A report is a state, not an event: there
 * is nothing to queue, so a control plane that is away costs one pending attempt and no memory.
 */

/** Pace of reports. Times in milliseconds. */
export type ReportPace = {
  /** Interval before the first answer tells another. */
  firstEveryMs: number;
  /** Changes that come in a burst go out together, this long after the first. */
  debounceMs: number;
  /** Least pause between two attempts, however often services change. */
  minGapMs: number;
  backoff: { initialMs: number; maxMs: number };
  /** Share by which intervals are spread, so that a fleet does not report in step. */
  jitter: number;
  /** The same for a wait that the control plane chose, which has its machines spread already. */
  aimJitterMs: number;
};

export const REPORT_PACE: ReportPace = {
  firstEveryMs: 2000,
  debounceMs: 100,
  minGapMs: 500,
  backoff: { initialMs: 1000, maxMs: 30_000 },
  jitter: 0.1,
  aimJitterMs: 1000,
};

/** What the schedule remembers. Times by one monotonic clock. */
export type ReportSchedule = {
  everyMs: number;
  /** What the last answer asked to be waited instead of `everyMs`, once. */
  nextInMs: number | null;
  /** Failed attempts in a row. */
  failures: number;
  lastAttemptAt: number | null;
  /** First change that no attempt has carried yet. */
  changedAt: number | null;
  /** Nothing goes out before this time, whatever changes: the last answer said so. */
  heldUntil: number | null;
  /** The control plane said that the machine was replaced. */
  retired: boolean;
};

/** A schedule whose first report is due at once. */
export function newSchedule(pace: ReportPace): ReportSchedule {
  return {
    everyMs: pace.firstEveryMs,
    nextInMs: null,
    failures: 0,
    lastAttemptAt: null,
    changedAt: null,
    heldUntil: null,
    retired: false,
  };
}

/** Something changed at `now`. */
export function noteChange(schedule: ReportSchedule, now: number): ReportSchedule {
  return { ...schedule, changedAt: schedule.changedAt ?? now };
}

/** An attempt begins at `now`; it carries every change so far. */
export function noteAttempt(schedule: ReportSchedule, now: number): ReportSchedule {
  return { ...schedule, lastAttemptAt: now, changedAt: null };
}

/** How an attempt ended. */
export type ReportOutcome =
  | { kind: 'accepted'; everyMs: number; nextInMs?: number | undefined }
  /** `holdUntil`: the other side says when to come again. */
  | { kind: 'failed'; holdUntil?: number | undefined }
  | { kind: 'retired' };

export function noteOutcome(schedule: ReportSchedule, outcome: ReportOutcome): ReportSchedule {
  switch (outcome.kind) {
    case 'accepted':
      return {
        ...schedule,
        failures: 0,
        heldUntil: null,
        everyMs: outcome.everyMs,
        nextInMs: outcome.nextInMs ?? null,
      };
    case 'failed':
      return { ...schedule, failures: schedule.failures + 1, heldUntil: outcome.holdUntil ?? null };
    case 'retired':
      return { ...schedule, retired: true };
    default:
      return outcome satisfies never;
  }
}

/** What the last answer was about is over, such as credentials that were refused: the next attempt is due at once. */
export function noteRelease(schedule: ReportSchedule, now: number): ReportSchedule {
  return noteChange({ ...schedule, heldUntil: null }, now);
}

/** When the next attempt is due; `null`: never again. `random` is from 0 to 1 and the same until the next attempt. */
export function nextAttemptAt(schedule: ReportSchedule, pace: ReportPace, random: number): number | null {
  if (schedule.retired) return null;
  return Math.max(freeAttemptAt(schedule, pace, random), schedule.heldUntil ?? 0);
}

function freeAttemptAt(schedule: ReportSchedule, pace: ReportPace, random: number): number {
  const { lastAttemptAt, changedAt, failures } = schedule;
  if (lastAttemptAt === null) return 0;
  const regular =
    lastAttemptAt +
    (failures === 0 ? regularWait(schedule, pace, random) : spread(backoffMs(failures, pace), pace, random));
  if (changedAt === null) return Math.max(regular, lastAttemptAt + pace.minGapMs);
  return Math.max(Math.min(regular, changedAt + pace.debounceMs), lastAttemptAt + pace.minGapMs);
}

/** A wait that the control plane chose is obeyed between half and one and a half of the interval. */
function regularWait({ everyMs, nextInMs }: ReportSchedule, pace: ReportPace, random: number): number {
  if (nextInMs === null) return spread(everyMs, pace, random);
  const aim = Math.min(everyMs * 1.5, Math.max(everyMs / 2, nextInMs));
  return aim + Math.min(pace.aimJitterMs, everyMs * pace.jitter) * (2 * random - 1);
}

/** Doubles with each failure up to the cap. */
export function backoffMs(failures: number, { backoff }: ReportPace): number {
  return Math.min(backoff.maxMs, backoff.initialMs * 2 ** Math.min(failures - 1, 30));
}

/** An interval, longer or shorter by the pace's jitter. `random` is from 0 to 1. */
export function spread(ms: number, { jitter }: ReportPace, random: number): number {
  return ms * (1 - jitter + 2 * jitter * random);
}
