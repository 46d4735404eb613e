import type { HealthReport, ReportAnswer } from '@fettle/contract';
import { monotonicMs } from './monotonic.ts';
import { retryAfterMs } from '../rpc/retry-after.ts';
import { withDeadline } from '../rpc/with-deadline.ts';
import { log } from './log.ts';
import {
  REPORT_PACE,
  newSchedule,
  nextAttemptAt,
  noteAttempt,
  noteChange,
  noteOutcome,
  noteRelease,
  type ReportOutcome,
} from './report-schedule.ts';

const SEND_DEADLINE_MS = 5000;

/** What a reporter sends with. */
export type ReporterParts = {
  /** Measures the machine now. */
  collect: () => Promise<Omit<HealthReport, 'seq' | 'sentAt'>>;
  send: (report: HealthReport, options: { signal: AbortSignal }) => Promise<ReportAnswer>;
};

/** Pushes the machine's state to the control plane. */
export type Reporter = {
  /** Something changed: report soon. */
  changed(): void;
  /** What made reports wait is over: report now. */
  release(): void;
  /** Milliseconds since the control plane last took a report; `null` when it never did. */
  acceptedMsAgo(): number | null;
  stop(): void;
};

/** Starts to report at once. One attempt at a time, each with fresh data, none longer than its deadline. */
export function startReporter({ collect, send }: ReporterParts): Reporter {
  const stopping = new AbortController();
  let schedule = newSchedule(REPORT_PACE);
  let random = Math.random();
  let seq = 0;
  let acceptedAt: number | null = null;
  let sending = false;
  let timer: NodeJS.Timeout | undefined;

  function arm(): void {
    clearTimeout(timer);
    const at = nextAttemptAt(schedule, REPORT_PACE, random);
    if (at === null || sending || stopping.signal.aborted) return;
    timer = setTimeout(() => void attempt(), Math.max(0, at - monotonicMs()));
  }

  async function attempt(): Promise<void> {
    sending = true;
    schedule = noteAttempt(schedule, monotonicMs());
    random = Math.random();
    const outcome = await sendReport();
    sending = false;
    if (outcome.kind === 'accepted') acceptedAt = monotonicMs();
    schedule = noteOutcome(schedule, outcome);
    arm();
  }

  async function sendReport(): Promise<ReportOutcome> {
    seq += 1;
    try {
      const report = { ...(await collect()), seq, sentAt: Date.now() };
      const { reportEveryMs, nextReportInMs } = await withDeadline(
        SEND_DEADLINE_MS,
        (signal) => send(report, { signal }),
        stopping.signal,
      );
      if (schedule.failures > 0)
        log('info', 'The control plane takes reports again', { afterFailures: schedule.failures });
      return { kind: 'accepted', everyMs: reportEveryMs, nextInMs: nextReportInMs };
    } catch (error) {
      if (stopping.signal.aborted) return { kind: 'failed' };
      if ((error as { code?: unknown } | null)?.code === 'RETIRED') {
        log('warn', 'This machine was replaced: no more reports');
        return { kind: 'retired' };
      }
      log('warn', 'The control plane did not take a report', { error, failures: schedule.failures + 1 });
      const waitMs = retryAfterMs(error);
      return { kind: 'failed', holdUntil: waitMs === undefined ? undefined : monotonicMs() + waitMs };
    }
  }

  arm();
  return {
    changed() {
      schedule = noteChange(schedule, monotonicMs());
      arm();
    },
    release() {
      schedule = noteRelease(schedule, monotonicMs());
      arm();
    },
    acceptedMsAgo: () => (acceptedAt === null ? null : Math.round(monotonicMs() - acceptedAt)),
    stop() {
      stopping.abort();
      clearTimeout(timer);
    },
  };
}
