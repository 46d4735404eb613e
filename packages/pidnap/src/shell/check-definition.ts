import type { ProcessDefinition } from '../contract/definition.ts';
import { definitionProblems } from '../core/definition-problems.ts';

/** What is wrong with a definition beyond the form of its fields, one sentence per problem, each with its path. */
export async function checkDefinition(name: string, definition: ProcessDefinition): Promise<string[]> {
  const { scheduleProblems } = definition.schedule
    ? await import('../core/schedule.ts')
    : { scheduleProblems: () => [] };
  return definitionProblems(name, definition, scheduleProblems);
}
