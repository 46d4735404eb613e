/** Carries the running wave of a rollout on: its machines are ordered to change, and judged by what they tell. */
import type { Wave } from '@fettle/contract';
import type { ProjectRecord, RolloutRecord } from '../record.ts';
import { pinOf, toldOf, unfitness } from '../slot-state.ts';
import type { ProjectTurn } from '../turn.ts';
import { changeMachine, spendChange } from './change-machine.ts';
import { updateRollout } from './end.ts';
import { standingOf } from './judge-wave.ts';
import { forthOrder, withWaveEnded } from './state.ts';
import { endsQuarantined, orderOf } from './target.ts';
import { turnBack } from './turn-back.ts';

/** Whether anything changed. */
export function watchWave(turn: ProjectTurn, rollout: RolloutRecord, wave: Wave): boolean {
  const judged = wave.slots.filter((slot) => rollout.skipped.every((one) => one.slot !== slot));
  return (
    learnVersions(turn, rollout, judged) ||
    orderNext(turn, rollout, judged) ||
    judge(turn, rollout, wave, judged)
  );
}

/** What the first machine has resolved the target to is what every other one gets. */
function learnVersions(turn: ProjectTurn, rollout: RolloutRecord, judged: string[]): boolean {
  if (rollout.versions !== null) return false;
  const first = judged
    .map((slot) => toldOf(turn.record, slot))
    .find((told) => told?.order?.id === forthOrder(rollout) && told.order.status === 'done');
  if (first === undefined || first.versions === null) return false;
  updateRollout(turn, { versions: first.versions });
  return true;
}

/** Orders the first machine of a wave; the others as soon as it is known to what exactly. */
function orderNext(turn: ProjectTurn, rollout: RolloutRecord, judged: string[]): boolean {
  const unchanged = judged.filter((slot) => rollout.before.every((one) => one.slot !== slot));
  const isFirstOut = rollout.versions === null && unchanged.length < judged.length;
  const [next] = unchanged;
  if (next === undefined || isFirstOut) return false;
  const obstacle = obstacleTo(turn.record, rollout, next);
  const told = toldOf(turn.record, next);
  if (obstacle !== null || told === undefined || told.versions === null) {
    const reason = obstacle ?? 'it is not known what it runs';
    updateRollout(turn, { skipped: [...rollout.skipped, { slot: next, reason }] });
    return true;
  }
  const { machineId, versions } = told;
  const order = forthOrder(rollout);
  updateRollout(turn, { before: [...rollout.before, { slot: next, machineId, versions }] });
  changeMachine(turn, { machineId, order, ...orderOf(rollout) });
  if (rollout.kind === 'revert') spendChange(turn, { machineId, order });
  return true;
}

/** Why a machine of the running wave is left out: what was so when its wave began may have changed by its turn. */
function obstacleTo(record: ProjectRecord, rollout: RolloutRecord, slot: string): string | null {
  const pin = pinOf(record, slot);
  if (pin !== null) return `it is pinned: ${pin}`;
  const present = toldOf(record, slot)?.versions ?? null;
  if (present !== null && endsQuarantined(record, present, orderOf(rollout)))
    return 'what it would come to is quarantined';
  return unfitness(record, slot);
}

function judge(turn: ProjectTurn, rollout: RolloutRecord, wave: Wave, judged: string[]): boolean {
  const { record, now } = turn;
  const standings = judged.map((slot) => ({ slot, standing: standingOf(record, rollout, slot, now) }));
  for (const { slot, standing } of standings) {
    if (standing.is === 'hurt') return turnBack(turn, `${slot}: ${standing.why}`);
    if (standing.is !== 'out') continue;
    updateRollout(turn, { skipped: [...rollout.skipped, { slot, reason: standing.why }] });
    return true;
  }
  const open = standings.flatMap(({ slot, standing }) =>
    standing.is === 'open' ? [`${slot}: ${standing.why}`] : [],
  );
  if (open.length === 0) {
    updateRollout(turn, {
      waves: withWaveEnded(rollout.waves, judged.length === 0 ? 'stopped' : 'good', now),
    });
    return true;
  }
  const { waveTimeoutMs } = record.policy.rollout;
  if (now - wave.startedAt >= waveTimeoutMs)
    return turnBack(turn, `wave ${rollout.waves.length} was not good in time (${open.join(', ')})`);
  const message = `wave ${rollout.waves.length}: ${open.join(', ')}`;
  if (message !== rollout.message) updateRollout(turn, { message });
  return false;
}
