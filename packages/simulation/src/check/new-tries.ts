import type { LevelTry } from '@fettle/contract';
import { openIncident } from '@fettle/core';
import type { MachineStep } from '../world/surroundings.ts';

/** What a step added to the tries of the open incident. */
export function newTries({ before, decision }: MachineStep): LevelTry[] {
  const is = openIncident(decision.record.state);
  if (is === null || decision.record.state === before.state) return [];
  const was = openIncident(before.state);
  return was !== null && was.number === is.number ? is.tries.slice(was.tries.length) : is.tries;
}
