/** Begins the next wave of a rollout with those machines that are well the longest, or says what it waits for. */
import type { ProjectRecord, RolloutRecord } from '../record.ts';
import { isGuardOverridden } from '../guard-override.ts';
import { toldOf, unfitness } from '../slot-state.ts';
import { stormMessage } from '../storm-guard.ts';
import { toldBySlot } from '../told-by-slot.ts';
import type { ProjectTurn } from '../turn.ts';
import { skippedForPin } from './begin.ts';
import { changeBlock, changeFreeAt, roomInBudget } from './change-machine.ts';
import { endRollout, updateRollout } from './end.ts';
import { leaveAlone } from './left-alone.ts';
import { idleSince, waveSize } from './state.ts';
import { endsQuarantined, orderOf } from './target.ts';

/** Whether anything changed. */
export function beginNextWave(turn: ProjectTurn, rollout: RolloutRecord): boolean {
  const { record, now } = turn;
  const left = rollout.waiting.flatMap((slot) => skippedFor(record, rollout, slot));
  if (left.length > 0) {
    skip(turn, rollout, left);
    return true;
  }
  const ready = rollout.waiting
    .filter((slot) => unfitness(record, slot) === null)
    .toSorted((a, b) => wellSince(record, a) - wellSince(record, b));
  const storm = stormOf(record, rollout, now);
  if (rollout.waiting.length > 0 && storm !== null) return waitFor(turn, rollout, storm);
  if (ready.length === 0) {
    const rest = rollout.waiting.map((slot) => ({
      slot,
      reason: unfitness(record, slot) ?? 'it is not well',
    }));
    finish(turn, skip(turn, rollout, rest));
    return true;
  }
  const room = rollout.kind === 'revert' ? roomInBudget(record, now) : Infinity;
  if (room === 0) return waitFor(turn, rollout, changeBlock(record, now) ?? 'its budget is spent');
  const slots = ready.slice(0, Math.min(room, waveSize(record.policy.rollout, rollout.waves.length)));
  updateRollout(turn, {
    waves: [...rollout.waves, { slots, startedAt: now, endedAt: null, outcome: 'running' }],
    waiting: rollout.waiting.filter((slot) => !slots.includes(slot)),
    message: `wave ${rollout.waves.length + 1}: ${slots.join(', ')}`,
  });
  return true;
}

/** Until when a rollout without a running wave waits at most, or when what it waits for may be over. */
export function waitWakeAt(record: ProjectRecord, rollout: RolloutRecord, now: number): number {
  const freeAt = rollout.kind === 'revert' ? changeFreeAt(record, now) : Infinity;
  return freeAt === Infinity ? idleSince(rollout) + record.policy.rollout.waveTimeoutMs : freeAt;
}

function wellSince(record: ProjectRecord, slot: string): number {
  return toldOf(record, slot)?.healthySince ?? Infinity;
}

/** Too many are sick, and nobody knows why. A revert knows. */
function stormOf(record: ProjectRecord, { kind }: RolloutRecord, now: number): string | null {
  if (kind === 'revert' || isGuardOverridden(record, now)) return null;
  const sick = toldBySlot(record, null).filter((one) => one.sick).length;
  return stormMessage({ sick, total: record.slots.length, guard: record.policy.stormGuard });
}

function skippedFor(record: ProjectRecord, rollout: RolloutRecord, slot: string): RolloutRecord['skipped'] {
  const pinned = skippedForPin(record, slot);
  if (pinned.length > 0) return pinned;
  const present = toldOf(record, slot)?.versions ?? null;
  if (present === null || !endsQuarantined(record, present, orderOf(rollout))) return [];
  return [{ slot, reason: 'what it would come to is quarantined' }];
}

function skip(turn: ProjectTurn, rollout: RolloutRecord, left: RolloutRecord['skipped']): RolloutRecord {
  const names = left.map(({ slot }) => slot);
  const next = {
    ...rollout,
    waiting: rollout.waiting.filter((slot) => !names.includes(slot)),
    skipped: [...rollout.skipped, ...left],
  };
  updateRollout(turn, next);
  return next;
}

/** Waits, and says what for, as long as a wave may take; after that somebody has to ask again. */
function waitFor(turn: ProjectTurn, rollout: RolloutRecord, why: string): boolean {
  const { record, now } = turn;
  const isLate = now - idleSince(rollout) >= record.policy.rollout.waveTimeoutMs;
  if (isLate && (rollout.kind === 'refresh' || changeFreeAt(record, now) === Infinity)) {
    if (rollout.kind === 'revert') leaveAlone(turn, rollout.awayFrom);
    endRollout(turn, 'stopped', `stopped, and what was changed stays: ${why}`);
    return true;
  }
  const message = `waits: ${why}`;
  if (message !== rollout.message) updateRollout(turn, { message });
  return false;
}

function finish(turn: ProjectTurn, { before, skipped, kind }: RolloutRecord): void {
  const changed = before.filter(({ slot }) => skipped.every((one) => one.slot !== slot)).length;
  const left =
    skipped.length === 0
      ? ''
      : `; left out: ${skipped.map(({ slot, reason }) => `${slot} (${reason})`).join(', ')}`;
  if (changed === 0) return endRollout(turn, 'stopped', `no machine could be changed${left}`);
  const what = kind === 'refresh' ? 'were changed and are well' : 'went back and are well';
  endRollout(turn, 'done', `${changed} ${changed === 1 ? 'machine' : 'machines'} ${what}${left}`);
}
