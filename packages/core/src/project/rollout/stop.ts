/** A person ends the rollout that goes on. */
import { refuse, type ProjectTurn } from '../turn.ts';
import { endRollout } from './end.ts';
import { activeRollout } from './state.ts';
import { leaveAlone } from './left-alone.ts';
import { turnBack } from './turn-back.ts';

export function onRolloutStopped(
  turn: ProjectTurn,
  { revert, reason }: { revert: boolean; reason: string },
): void {
  const rollout = activeRollout(turn.record);
  if (rollout === null) return refuse(turn, 'CONFLICT', 'No rollout goes on');
  if (!revert) {
    if (rollout.kind === 'revert') leaveAlone(turn, rollout.awayFrom);
    return endRollout(turn, 'stopped', `stopped, and what was changed stays: ${reason}`);
  }
  if (rollout.kind === 'revert')
    return refuse(
      turn,
      'QUARANTINED',
      'Its machines would go back to quarantined versions: lift the quarantine first',
    );
  if (rollout.state === 'running') turnBack(turn, `stopped: ${reason}`, 'stopped');
}
