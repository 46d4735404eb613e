/**
 * A machine that answers us and takes nothing of what we sign. Whether it is to blame nobody here can tell: the same is
 * seen when our own key is a wrong one, and then of every machine. So nothing is done to it, and people are told.
 */
import type { Observation } from './event.ts';
import { isMeantToWork } from './record.ts';
import { note, postNumbered, update, type Turn } from './turn.ts';

/** A machine that has just started, or is between two keys of ours, gets over it within this time. */
export const TELL_OF_REFUSALS_AFTER_MS = 10 * 60_000;

/** What is told of such a machine, wherever it is told. */
export const REFUSES_COMMANDS =
  'it answers, and refuses what we sign: it knows none of our keys, its clock is wrong, or somebody else answers in its place';

/** Whether whoever answers as pidnap does not take that it is us who ask. */
export function isRefused({ pidnap }: Pick<Observation, 'pidnap'>): boolean {
  return pidnap?.ok === false && pidnap.code === 'UNAUTHORIZED';
}

/** Keeps since when a machine refuses our commands, and has people told, once, when it does not get over it. */
export function noticeRefusal(turn: Turn, observation: Observation): void {
  const { record, now } = turn;
  const { commandsRefused: refused } = record;
  if (observation.pidnap?.ok && refused !== null) return update(turn, { commandsRefused: null });
  if (!isRefused(observation) || !isMeantToWork(record.state.phase)) return;
  if (refused === null) return update(turn, { commandsRefused: { since: now, isTold: false } });
  if (refused.isTold || now - refused.since < TELL_OF_REFUSALS_AFTER_MS) return;
  update(turn, { commandsRefused: { ...refused, isTold: true } });
  note(turn, 'note', REFUSES_COMMANDS);
  postNumbered(turn, { kind: 'commands-refused', at: refused.since });
}
