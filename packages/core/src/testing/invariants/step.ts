/** One step of a machine's life, as its invariants see it. */
import type { Incident, LevelTry, Policy } from '@fettle/contract';
import { timeFor } from '../../machine/clock-step.ts';
import type { Decision } from '../../machine/decide.ts';
import type { MachineEvent } from '../../machine/event.ts';
import { openIncident, type MachineRecord } from '../../machine/record.ts';

/** What was, what happened, and what came of it. */
export type Step = {
  before: MachineRecord;
  event: MachineEvent;
  now: number;
  policy: Policy;
  decision: Decision;
};

/** What is wrong, or `null`. It may leave out what the step did not touch: the step before was checked as well. */
export type Invariant = (step: Step) => string | null;

const NONE: LevelTry[] = [];

/** The time by which the step was decided: a clock that is a little behind does not count. */
export function timeOf({ before, now }: Step): number {
  return timeFor(before, now);
}

/** Whether the step changed nothing about the phase and its incident. */
export function isSameState({ before, decision }: Step): boolean {
  return decision.record.state === before.state;
}

/** The tries and skips that the step added to the incident. */
export function newTries(step: Step): LevelTry[] {
  if (isSameState(step)) return NONE;
  const was = openIncident(step.before.state);
  const is = openIncident(step.decision.record.state);
  if (is === null) return NONE;
  return was?.number === is.number ? is.tries.slice(was.tries.length) : is.tries;
}

/** The incident after a step that touched it. */
export function changedIncident(step: Step): Incident | null {
  return isSameState(step) ? null : openIncident(step.decision.record.state);
}
