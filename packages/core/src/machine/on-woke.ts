/** The alarm: notices that it came late, that an action never got an outcome, and that the interval was shortened. */
import { noticeAbsence } from './absence.ts';
import { MOST_SENDS, notTaken } from './on-finished.ts';
import { takeRhythm, type Turn } from './turn.ts';
import { wakeAt } from './wake.ts';

export function onWoke(turn: Turn): void {
  const { record, now } = turn;
  const due = wakeAt(record, 0);
  if (due !== null && record.lastTickAt !== null) noticeAbsence(turn, now - Math.max(due, record.lastTickAt));
  abandonPending(turn);
  // The policy may have been given a shorter interval.
  takeRhythm(turn);
}

/** An action whose sender died every time would block everything else for ever. */
function abandonPending(turn: Turn): void {
  const { pending } = turn.record;
  if (pending === null || pending.sends < MOST_SENDS || pending.nextSendAt > turn.now) return;
  notTaken(turn, pending, {
    ok: false,
    code: 'DEADLINE_EXCEEDED',
    message: `no outcome after ${pending.sends} sends`,
    retryable: true,
  });
}
