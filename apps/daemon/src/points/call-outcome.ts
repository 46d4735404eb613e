/** What a call with points came to. Pure. */
import type { MetricsAnswer } from '@fettle/contract';
import type { BatchOutcome } from '@fettle/core/telemetry/point-buffer';
import { retryAfterMs } from '../rpc/retry-after.ts';
import type { ReportOutcome } from '../daemon/report-schedule.ts';

/** What becomes of the points, and of the schedule. */
export type CallOutcome = { batch: BatchOutcome; calls: ReportOutcome };

/**
 * An answer. Points that there was no room for go again, all others are decided about. When there was room for none of
 * `count`, the call counts as failed: the next one waits longer.
 */
export function answered({ refused, reportEveryMs }: MetricsAnswer, count: number): CallOutcome {
  const sendAgain = refused.filter(({ reason }) => reason === 'too-many').map(({ seq }) => seq);
  return {
    batch: { kind: 'answered', sendAgain },
    calls: sendAgain.length >= count ? { kind: 'failed' } : { kind: 'accepted', everyMs: reportEveryMs },
  };
}

/** Statuses of a body that is refused for what it is: not valid, too large, not to be processed. */
const UNUSABLE = [400, 413, 422];

/** An error at `now`, with `code` and `status` where the other side gave them. */
export function failed(error: unknown, now: number): CallOutcome {
  const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown };
  if (code === 'RETIRED') return { batch: { kind: 'unknown' }, calls: { kind: 'retired' } };
  const unusable = typeof status === 'number' && UNUSABLE.includes(status);
  const waitMs = retryAfterMs(error);
  return {
    batch: { kind: unusable ? 'unusable' : 'unknown' },
    calls: { kind: 'failed', holdUntil: waitMs === undefined ? undefined : now + waitMs },
  };
}
