/**
 * When points go out. As with reports, an attempt carries what there is by then, so a failure queues no second one; unlike
 * reports, nothing is lost by waiting, so a change does not cut a back-off short.
 */
import { nextAttemptAt, spread, type ReportPace, type ReportSchedule } from '../daemon/report-schedule.ts';

/** The schedule of calls, and when resources were last sampled. Times by one monotonic clock, in milliseconds. */
export type PointSchedule = { calls: ReportSchedule; sampledAt: number | null };

/** When the next sample is due. `random` is from 0 to 1 and the same until the next sample. */
export function sampleDueAt({ calls, sampledAt }: PointSchedule, pace: ReportPace, random: number): number {
  return sampledAt === null ? 0 : sampledAt + Math.max(pace.minGapMs, spread(calls.everyMs, pace, random));
}

/**
 * When there is something to do; `null`: never again. Samples keep their pace while calls back off. While calls go well
 * a sample waits for the next one, so that both are one wake.
 */
export function nextWakeAt(schedule: PointSchedule, pace: ReportPace, random: number): number | null {
  const callAt = nextCallAt(schedule, pace, random);
  if (callAt === null || schedule.calls.failures === 0) return callAt;
  return Math.min(callAt, sampleDueAt(schedule, pace, random));
}

/** When the next call is due; `null`: never again. It samples first when that is due by then. */
export function nextCallAt(schedule: PointSchedule, pace: ReportPace, random: number): number | null {
  const { calls } = schedule;
  if (calls.failures > 0) return nextAttemptAt({ ...calls, changedAt: null }, pace, random);
  if (calls.retired) return null;
  const earliest = calls.lastAttemptAt === null ? 0 : calls.lastAttemptAt + pace.minGapMs;
  const changed = calls.changedAt === null ? Infinity : calls.changedAt + pace.debounceMs;
  return Math.max(earliest, Math.min(changed, sampleDueAt(schedule, pace, random)));
}
