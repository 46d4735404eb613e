/** The alarm. Notices when we ourselves were away, so that our own absence is not taken for a sick machine. */
import { note, update, type Turn } from './turn.ts';
import { isWatched } from './wake.ts';

/** Missing this many intervals means that we were away (reliability rule: blame ourselves first). */
const MISSED_INTERVALS = 3;

export function onWoke(turn: Turn): void {
  const { record, now, policy } = turn;
  const due = record.check.dueAt;
  update(turn, { lastTickAt: now });
  if (record.lastTickAt === null || !isWatched(record) || record.state.phase === 'stopped') return;
  const lateBy = now - due;
  if (lateBy <= MISSED_INTERVALS * policy.check.intervalMs) return;
  note(
    turn,
    'note',
    `The control plane was away for ${Math.round(lateBy / 1000)} s; no new incident is opened for a while`,
  );
  update(turn, {
    returnGraceUntil: now + policy.grace.afterReturnMs,
    state: withTimeGivenBack(turn, lateBy),
  });
}

/** A try whose time ran out while nobody looked gets that time again. */
function withTimeGivenBack(turn: Turn, lostMs: number): Turn['record']['state'] {
  const { state } = turn.record;
  if (state.phase !== 'recovering' || state.attempt === null) return state;
  return { ...state, attempt: { ...state.attempt, until: state.attempt.until + lostMs } };
}
