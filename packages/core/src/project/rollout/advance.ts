/** Carries the rollout that goes on as far as it gets with what is known now. Every step is durable before it is sent. */
import type { ProjectRecord } from '../record.ts';
import type { ProjectTurn } from '../turn.ts';
import { backWakeAt, goBack } from './go-back.ts';
import { waveWakeAt } from './judge-wave.ts';
import { beginNextWave, waitWakeAt } from './next-wave.ts';
import { activeRollout, runningWave } from './state.ts';
import { watchWave } from './watch-wave.ts';

export function advanceRollout(turn: ProjectTurn): void {
  while (takeStep(turn));
}

/** Whether anything changed, so that another step may follow. */
function takeStep(turn: ProjectTurn): boolean {
  const rollout = activeRollout(turn.record);
  if (rollout === null) return false;
  if (rollout.state === 'reverting') return goBack(turn, rollout);
  const wave = runningWave(rollout.waves);
  return wave === null ? beginNextWave(turn, rollout) : watchWave(turn, rollout, wave);
}

/** When the rollout that goes on has to be looked at again although nobody told anything; `null` when none does. */
export function rolloutWakeAt(record: ProjectRecord, now: number): number | null {
  const rollout = activeRollout(record);
  if (rollout === null) return null;
  if (rollout.state === 'reverting') return backWakeAt(record, rollout, now);
  const wave = runningWave(rollout.waves);
  return wave === null ? waitWakeAt(record, rollout, now) : waveWakeAt(record, rollout, wave, now);
}
