/** Turns a rollout back: nothing of it is sent any more, and what was changed goes back. */
import type { RolloutRecord } from '../record.ts';
import { update, type ProjectTurn } from '../turn.ts';
import { auditRollout, endRollout, tellRollout, updateRollout } from './end.ts';
import { leaveAlone } from './left-alone.ts';
import { pendingChange, withWaveEnded, withoutChanges } from './state.ts';

/**
 * Turns it back for a reason. A revert does not: what its machines ran before is quarantined; those that are left stay
 * where they are until a person decides. True, because something changed.
 */
export function turnBack(turn: ProjectTurn, why: string, outcome: 'hurt' | 'stopped' = 'hurt'): true {
  const { record, now } = turn;
  const { rollout } = record;
  if (rollout === null) return true;
  updateRollout(turn, { waves: withWaveEnded(rollout.waves, outcome, now) });
  if (rollout.kind === 'revert') {
    leaveAlone(turn, rollout.awayFrom);
    endRollout(turn, 'stopped', `stopped, and a person must decide: ${why}`);
    return true;
  }
  const changed = rollout.before.filter((one) => !wasNeverSent(turn, one));
  update(turn, {
    pending: withoutChanges(
      record,
      rollout.before.map(({ machineId }) => machineId),
    ),
  });
  const names = changed.map(({ slot }) => slot);
  const message = `goes back: ${why}`;
  auditRollout(turn, 'reverting', message);
  updateRollout(turn, {
    state: 'reverting',
    before: changed,
    waiting: [],
    // What was left out on the way forth, and was changed by then, goes back too.
    skipped: rollout.skipped.filter(({ slot }) => !names.includes(slot)),
    turnedAt: now,
    message,
  });
  tellRollout(turn, message);
  return true;
}

function wasNeverSent(turn: ProjectTurn, { machineId }: RolloutRecord['before'][number]): boolean {
  return pendingChange(turn.record, machineId)?.sends === 0;
}
