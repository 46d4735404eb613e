/** Everything that is wrong with a definition beyond the form of its fields. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { contradictions } from './contradictions.ts';
import { scheduleProblems } from './schedule.ts';

/**
 * One sentence per problem, each beginning with the path of the field, e.g. `processes.web.backoff.initialMs: expected
 * at most backoff.maxMs (10000), got 20000`. Needs croner for schedules: a definition without one is checked by
 * `contradictions` alone.
 */
export function definitionProblems(name: string, definition: ProcessDefinition): string[] {
  const { schedule } = definition;
  return [
    ...contradictions(definition),
    ...(schedule ? scheduleProblems(schedule).map((problem) => `schedule.${problem}`) : []),
  ].map((problem) => `processes.${name}.${problem}`);
}
