/**
 * The way back of a rollout: every machine that was changed, and is not back by itself, is ordered to what it ran
 * before, wave by wave. Sick ones heal by their own ladder first.
 */
import type { Wave } from '@fettle/contract';
import { sameVersions } from '../../machine/ledger.ts';
import { namesOf } from '../named-versions.ts';
import type { ProjectRecord, RolloutRecord } from '../record.ts';
import { isHalted, isQuarantined, pinOf, slotNamed, toldOf, unfitness } from '../slot-state.ts';
import { update, type ProjectTurn } from '../turn.ts';
import { changeBlock, changeFreeAt, changeMachine, roomInBudget, spendChange } from './change-machine.ts';
import { endRollout, updateRollout } from './end.ts';
import {
  backOrder,
  forthOrder,
  idleSince,
  runningWave,
  waveSize,
  withWaveEnded,
  withoutChanges,
} from './state.ts';

type Changed = RolloutRecord['before'][number];

/** Whether anything changed. */
export function goBack(turn: ProjectTurn, rollout: RolloutRecord): boolean {
  const { record } = turn;
  const lost = remaining(record, rollout).flatMap((one) => lostFor(record, rollout, one));
  if (lost.length > 0) return leaveOut(turn, rollout, lost);
  const wave = runningWave(rollout.back);
  return wave === null ? beginWaveBack(turn, rollout) : watchWaveBack(turn, rollout, wave);
}

/** When the way back has to be looked at again for the passing of time alone. */
export function backWakeAt(record: ProjectRecord, rollout: RolloutRecord, now: number): number {
  const { waveTimeoutMs } = record.policy.rollout;
  const wave = runningWave(rollout.back);
  if (wave !== null) return wave.startedAt + waveTimeoutMs;
  const freeAt = changeFreeAt(record, now);
  const giveUpAt = idleSince(rollout) + waveTimeoutMs;
  return freeAt > now && freeAt !== Infinity && readyOnes(record, rollout).length > 0 ? freeAt : giveUpAt;
}

/** Those that are neither back nor left out. */
function remaining(record: ProjectRecord, rollout: RolloutRecord): Changed[] {
  return rollout.before.filter(
    (one) => !isBack(record, rollout, one) && rollout.skipped.every(({ slot }) => slot !== one.slot),
  );
}

/** It runs what it ran before, and no change of this rollout is under way on it. */
function isBack(
  record: ProjectRecord,
  rollout: RolloutRecord,
  { slot, machineId, versions }: Changed,
): boolean {
  const told = toldOf(record, slot);
  if (told?.machineId !== machineId || !sameVersions(told.versions, versions)) return false;
  const { order } = told;
  if (order?.id === backOrder(rollout)) return order.status === 'done';
  return order?.id === forthOrder(rollout) && order.status !== 'running';
}

/** Why a machine can never go back; empty when it can. */
function lostFor(record: ProjectRecord, rollout: RolloutRecord, one: Changed): RolloutRecord['skipped'] {
  const slot = slotNamed(record, one.slot);
  const left = (reason: string) => [{ slot: one.slot, reason }];
  if (slot === undefined || slot.machines[0] !== one.machineId) return left('its machine was replaced');
  if (slot.phase === 'bricked') return left('its machine was given up');
  const pin = pinOf(record, one.slot);
  if (pin !== null) return left(`it is pinned: ${pin}`);
  if (isQuarantined(record, one.versions)) return left('what it ran before is quarantined');
  if (isHalted(slot)) return left('it was stopped');
  const { order } = toldOf(record, one.slot) ?? { order: null };
  const isFailed = order?.id === backOrder(rollout) && order.status === 'failed';
  return isFailed ? left(`it did not go back: ${order.message}`) : [];
}

function leaveOut(turn: ProjectTurn, rollout: RolloutRecord, lost: RolloutRecord['skipped']): true {
  const names = lost.map(({ slot }) => slot);
  const machines = rollout.before
    .filter(({ slot }) => names.includes(slot))
    .map(({ machineId }) => machineId);
  update(turn, { pending: withoutChanges(turn.record, machines) });
  updateRollout(turn, { skipped: [...rollout.skipped, ...lost] });
  return true;
}

function watchWaveBack(turn: ProjectTurn, rollout: RolloutRecord, wave: Wave): boolean {
  const { record, now } = turn;
  const open = remaining(record, rollout).filter(({ slot }) => wave.slots.includes(slot));
  if (open.length === 0) {
    const isHurt = wave.slots.some((name) => rollout.skipped.some(({ slot }) => slot === name));
    updateRollout(turn, { back: withWaveEnded(rollout.back, isHurt ? 'hurt' : 'good', now) });
    return true;
  }
  if (now - wave.startedAt < record.policy.rollout.waveTimeoutMs) return false;
  return leaveOut(
    turn,
    rollout,
    open.map(({ slot }) => ({ slot, reason: 'it did not go back in time' })),
  );
}

function beginWaveBack(turn: ProjectTurn, rollout: RolloutRecord): boolean {
  const { record, now } = turn;
  const rest = remaining(record, rollout);
  if (rest.length === 0) return finish(turn, rollout);
  const ready = readyOnes(record, rollout);
  const room = roomInBudget(record, now);
  if (ready.length === 0 || room === 0) {
    const why =
      ready.length === 0 ? waitedFor(record, rest) : (changeBlock(record, now) ?? 'its budget is spent');
    return waitFor(turn, rollout, {
      rest,
      why,
      isEndless: ready.length > 0 && changeFreeAt(record, now) !== Infinity,
    });
  }
  const wave = ready.slice(0, Math.min(room, waveSize(record.policy.rollout, rollout.back.length)));
  const slots = wave.map(({ slot }) => slot);
  updateRollout(turn, {
    back: [...rollout.back, { slots, startedAt: now, endedAt: null, outcome: 'running' }],
  });
  for (const { slot, machineId, versions } of wave) {
    const order = { machineId, order: backOrder(rollout) };
    const { refs, image } = namesOf(versions);
    const isSameImage = rollout.target.image === null && toldOf(record, slot)?.versions?.image === image;
    changeMachine(turn, { ...order, refs, image: isSameImage ? null : image });
    spendChange(turn, order);
  }
  return true;
}

function readyOnes(record: ProjectRecord, rollout: RolloutRecord): Changed[] {
  return remaining(record, rollout).filter(({ slot }) => unfitness(record, slot) === null);
}

function waitedFor(record: ProjectRecord, rest: Changed[]): string {
  return rest.map(({ slot }) => `${slot}: ${unfitness(record, slot)}`).join(', ');
}

/** A budget frees up; sick machines have as long as a wave has. */
function waitFor(
  turn: ProjectTurn,
  rollout: RolloutRecord,
  { rest, why, isEndless }: { rest: Changed[]; why: string; isEndless: boolean },
): boolean {
  const { record, now } = turn;
  if (!isEndless && now - idleSince(rollout) >= record.policy.rollout.waveTimeoutMs)
    return leaveOut(
      turn,
      rollout,
      rest.map(({ slot }) => ({ slot, reason: unfitness(record, slot) ?? why })),
    );
  const message = `goes back, and waits: ${why}`;
  if (message !== rollout.message) updateRollout(turn, { message });
  return false;
}

function finish(turn: ProjectTurn, { before, skipped }: RolloutRecord): true {
  const left = skipped.filter(({ slot }) => before.some((one) => one.slot === slot));
  const back = before.length - left.length;
  const rest = left.map(({ slot, reason }) => `${slot} (${reason})`).join(', ');
  endRollout(
    turn,
    'reverted',
    `${back} ${back === 1 ? 'machine is' : 'machines are'} back on what ${back === 1 ? 'it' : 'they'} ran before${rest === '' ? '' : `; left: ${rest}`}`,
  );
  return true;
}
