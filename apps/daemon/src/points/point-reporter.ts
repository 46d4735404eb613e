import {
  MAX_POINT_AGE_MS,
  MAX_POINTS_WRITTEN,
  type MetricPoint,
  type MetricsAnswer,
} from '@fettle/contract/metrics';
import {
  holdPoint,
  newPointBuffer,
  settleBatch,
  takeBatch,
  type BufferBounds,
  type HeldPoint,
  type PointBody,
} from '@fettle/core/telemetry/point-buffer';
import { monotonicMs } from '../daemon/monotonic.ts';
import { log } from '../daemon/log.ts';
import { REPORT_PACE, newSchedule, noteAttempt, noteChange, noteOutcome } from '../daemon/report-schedule.ts';
import { withDeadline } from '../rpc/with-deadline.ts';
import { answered, failed, type CallOutcome } from './call-outcome.ts';
import { nextCallAt, nextWakeAt, sampleDueAt, type PointSchedule } from './point-schedule.ts';

const SEND_DEADLINE_MS = 5000;

/** More than eight hours of samples; about 1 MB. */
export const POINT_BOUNDS: BufferBounds = {
  capacity: 1000,
  maxBatch: MAX_POINTS_WRITTEN,
  maxAgeMs: MAX_POINT_AGE_MS,
};

/** What a reporter works with. `Mark` is what `onDone` gets back with each point. */
export type PointReporterParts<Mark> = {
  /** Samples the resources now; called at each interval. */
  sample: () => { body: PointBody; mark: Mark };
  send: (points: MetricPoint[], options: { signal: AbortSignal }) => Promise<MetricsAnswer>;
  /** The control plane has decided about these points: they are not sent again. */
  onDone: (points: readonly HeldPoint<Mark>[]) => void;
};

/** Brings points to the control plane, in order. */
export type PointReporter<Mark> = {
  /** A measurement to bring; it was made now. Never waits, never fails. */
  hold(body: PointBody, mark: Mark): void;
  /** The control plane said that the machine was replaced: nothing is measured or brought any more. */
  retired(): boolean;
  stop(): void;
};

/**
 * Starts to bring points at once: a sample each interval, what is held a moment after it came. One call at a time, none
 * longer than its deadline. What cannot be brought is kept within `POINT_BOUNDS`; nobody waits for it.
 */
export function startPointReporter<Mark>({
  sample,
  send,
  onDone,
}: PointReporterParts<Mark>): PointReporter<Mark> {
  const stopping = new AbortController();
  let buffer = newPointBuffer<Mark>(POINT_BOUNDS);
  let schedule: PointSchedule = { calls: newSchedule(REPORT_PACE), sampledAt: null };
  let random = Math.random();
  let calling = false;
  let timer: NodeJS.Timeout | undefined;

  function arm(): void {
    clearTimeout(timer);
    const at = nextWakeAt(schedule, REPORT_PACE, random);
    if (at === null || calling || stopping.signal.aborted) return;
    timer = setTimeout(() => void wake(), Math.max(0, at - monotonicMs()));
  }

  function hold({ body, mark }: { body: PointBody; mark: Mark }): void {
    buffer = holdPoint(buffer, { body, mark, measuredAt: monotonicMs() }, POINT_BOUNDS);
  }

  async function wake(): Promise<void> {
    const now = monotonicMs();
    const callAt = nextCallAt(schedule, REPORT_PACE, random);
    if (sampleDueAt(schedule, REPORT_PACE, random) <= now) {
      hold(sample());
      schedule = { ...schedule, sampledAt: now };
      random = Math.random();
    }
    if (callAt !== null && callAt <= now) await call(now);
    arm();
  }

  async function call(now: number): Promise<void> {
    schedule = { ...schedule, calls: noteAttempt(schedule.calls, now) };
    buffer = takeBatch(buffer, now, POINT_BOUNDS);
    if (buffer.underWay.length === 0) return;
    calling = true;
    settle(await bring(buffer.underWay));
    calling = false;
  }

  async function bring(held: readonly HeldPoint<Mark>[]): Promise<CallOutcome> {
    try {
      const answer = await withDeadline(
        SEND_DEADLINE_MS,
        (signal) => send(held.map(toPoint), { signal }),
        stopping.signal,
      );
      return answered(answer, held.length);
    } catch (error) {
      const outcome = failed(error, monotonicMs());
      // Once for a row of failures: the reports, which go to the same place, tell every one.
      if (!stopping.signal.aborted && schedule.calls.failures === 0)
        log('warn', 'The control plane did not take points', { error, outcome: outcome.batch.kind });
      return outcome;
    }
  }

  function settle({ batch, calls }: CallOutcome): void {
    const { failures } = schedule.calls;
    const settled = settleBatch(buffer, batch, POINT_BOUNDS);
    buffer = settled.buffer;
    let next = noteOutcome(schedule.calls, calls);
    if (calls.kind === 'accepted' && failures > 0)
      log('info', 'The control plane takes points again', { afterFailures: failures });
    if (calls.kind === 'accepted' && buffer.waiting.length > 0) next = noteChange(next, monotonicMs());
    schedule = { ...schedule, calls: next };
    if (next.retired) buffer = newPointBuffer(POINT_BOUNDS);
    if (settled.done.length > 0) onDone(settled.done);
  }

  arm();
  return {
    hold(body, mark) {
      if (schedule.calls.retired) return;
      hold({ body, mark });
      schedule = { ...schedule, calls: noteChange(schedule.calls, monotonicMs()) };
      arm();
    },
    retired: () => schedule.calls.retired,
    stop() {
      stopping.abort();
      clearTimeout(timer);
    },
  };
}

function toPoint<Mark>({ seq, measuredAt, droppedBefore, body }: HeldPoint<Mark>): MetricPoint {
  const ageMs = Math.max(0, Math.round(monotonicMs() - measuredAt));
  return { ...body, seq, droppedBefore, ageMs };
}
