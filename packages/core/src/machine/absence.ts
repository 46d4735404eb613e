/**
 * Notices when we ourselves were away, so that our own absence is not taken for a sick machine: no new incident for a
 * while, tries get back the time in which nobody looked, and nothing counts as proven by a time that nobody watched.
 */
import { withTime } from './hold-recovery.ts';
import { interruptBaking } from './ledger.ts';
import { note, update, type Turn } from './turn.ts';
import { isDownAsWanted, isWatched } from './wake.ts';

/** Missing this many intervals means that we were away (reliability rule: blame ourselves first). */
const MISSED_INTERVALS = 3;

/** A shorter delay is a busy computer, however short the interval is. */
const LEAST_ABSENCE_MS = 10_000;

/** Takes note that something of ours happened `lateBy` milliseconds later than it should have. */
export function noticeAbsence(turn: Turn, lateBy: number): void {
  const { record, now, policy } = turn;
  if (lateBy <= Math.max(LEAST_ABSENCE_MS, MISSED_INTERVALS * policy.check.intervalMs)) return;
  if (!isWatched(record) || isDownAsWanted(record)) return;
  note(
    turn,
    'note',
    `The control plane was away for ${Math.round(lateBy / 1000)} s; no new incident is opened for a while`,
  );
  update(turn, {
    returnGraceUntil: now + policy.grace.afterReturnMs,
    state: withTimeGivenBack(turn, lateBy),
    ledger: interruptBaking(record.ledger),
  });
}

/** What ran out of time while nobody looked gets that time again. */
function withTimeGivenBack(turn: Turn, lostMs: number): Turn['record']['state'] {
  const { state } = turn.record;
  if (state.phase === 'recovering' && state.attempt !== null)
    return { ...state, attempt: withTime(state.attempt, lostMs, turn) };
  if (state.phase === 'bricked')
    return { ...state, salvage: { ...state.salvage, until: state.salvage.until + lostMs } };
  return state;
}
