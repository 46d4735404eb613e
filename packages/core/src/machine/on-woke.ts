/** The alarm: notices that it came late, that an action never got an outcome, and that the interval was shortened. */
import { noticeAbsence } from './absence.ts';
import { isEvidenceLate } from './collect-evidence.ts';
import { mostSends, notTaken } from './on-finished.ts';
import { takeRhythm, update, type Turn } from './turn.ts';
import { wakeAt } from './wake.ts';

/** The worst lag is that of an hour; then another hour begins. */
const LAG_WINDOW_MS = 3_600_000;

export function onWoke(turn: Turn, { scheduledFor }: { scheduledFor?: number }): void {
  const { record, now } = turn;
  if (scheduledFor !== undefined) measureLag(turn, Math.max(0, now - scheduledFor));
  const due = wakeAt(record, 0);
  if (due !== null && record.lastTickAt !== null) noticeAbsence(turn, now - Math.max(due, record.lastTickAt));
  forgetLostLook(turn);
  abandonPending(turn);
  // The policy may have been given a shorter interval.
  takeRhythm(turn);
}

function measureLag(turn: Turn, lastMs: number): void {
  const { record, now } = turn;
  const { lag } = record;
  const goesOn = lag !== null && now >= lag.since && now - lag.since < LAG_WINDOW_MS;
  update(turn, {
    lag: goesOn
      ? { ...lag, lastMs, worstMs: Math.max(lag.worstMs, lastMs) }
      : { lastMs, worstMs: lastMs, since: now },
  });
}

/** An alarm never runs beside itself, so that the look of an earlier run that is still pending was lost. */
function forgetLostLook(turn: Turn): void {
  if (turn.record.pending?.do === 'observe') update(turn, { pending: null });
}

/** An action whose sender died every time would block everything else for ever. */
function abandonPending(turn: Turn): void {
  const { record, now } = turn;
  const { pending } = record;
  if (pending === null) return;
  const isSpent = pending.sends >= mostSends(pending) && pending.nextSendAt <= now;
  if (!isSpent && !isEvidenceLate(record, pending, now)) return;
  notTaken(turn, pending, {
    ok: false,
    code: 'DEADLINE_EXCEEDED',
    message: `no outcome after ${pending.sends} ${pending.sends === 1 ? 'send' : 'sends'}`,
    retryable: true,
  });
}
