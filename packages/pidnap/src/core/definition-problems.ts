/** Everything that is wrong with a definition beyond the form of its fields. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { contradictions } from './contradictions.ts';
import type { scheduleProblems } from './schedule.ts';

/**
 * One sentence per problem, each beginning with the path of the field, e.g. `processes.web.backoff.initialMs: expected
 * at most backoff.maxMs (10000), got 20000`. What understands schedules is handed in: it is large, and loaded only where
 * there is one.
 */
export function definitionProblems(
  name: string,
  definition: ProcessDefinition,
  ofSchedule: typeof scheduleProblems,
): string[] {
  const { schedule } = definition;
  return [
    ...contradictions(definition),
    ...(schedule ? ofSchedule(schedule).map((problem) => `schedule.${problem}`) : []),
  ].map((problem) => `processes.${name}.${problem}`);
}
