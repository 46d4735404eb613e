/** Decides what a start of pidnap is waiting for, and whether it has come. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessRecord } from './record.ts';

type Definitions = Readonly<Record<string, ProcessDefinition>>;

/** Processes that are to complete as part of a start: tasks, and whatever others wait for to complete. */
export function bootTasks(definitions: Definitions): string[] {
  const awaited = new Set(
    Object.values(definitions).flatMap(({ dependsOn }) =>
      dependsOn.flatMap(({ process, condition }) => (condition === 'completed' ? [process] : [])),
    ),
  );
  return bootProcesses(definitions).filter(
    (name) => definitions[name]?.restart === 'never' || awaited.has(name),
  );
}

/** Processes that a start brings up: all but those that wait for a command or a schedule. */
export function bootProcesses(definitions: Definitions): string[] {
  return Object.entries(definitions).flatMap(([name, { autostart, schedule }]) =>
    autostart && !schedule ? [name] : [],
  );
}

/** Completed, or up and healthy (up, where no health is checked). */
export function isWell({ phase, health }: ProcessRecord, definition: ProcessDefinition): boolean {
  if (phase.state === 'completed') return true;
  return phase.state === 'running' && (!definition.health || health.status === 'healthy');
}
