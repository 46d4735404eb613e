/**
 * Decides whether dependencies hold. What a dependant does when they do not, once and for all:
 *
 * | the other process                | dependant waits to start                    | dependant runs               |
 * | -------------------------------- | ------------------------------------------- | ---------------------------- |
 * | is on its way, backs off         | stays `blocked`                             | `keep`: goes on              |
 * | ends, restarts, becomes unhealthy| stays `blocked`                             | `restart`: stopped, waits,   |
 * | failed for good, was stopped     | `wait`: `blocked` because dependency-failed | starts again when it holds   |
 * |                                  | `fail`: `failed` because dependency-failed  |                              |
 *
 * Such a restart is no restart of the dependant's own doing: it costs no budget and no back-off.
 */
import type { Dependency, DependencyCondition } from '../contract/dependency.ts';
import type { RestartPolicy } from '../contract/restart.ts';
import type { ProcessRecord, UnmetDependency } from './record.ts';

/** What is looked at of a process that others depend on. */
export interface DependencyTarget {
  readonly record: ProcessRecord;
  readonly checksHealth: boolean;
  readonly restart: RestartPolicy;
}

/** The condition asked for, or the one that fits the other process: a task is to complete, a service to be healthy. */
export function conditionOf(
  { condition }: Pick<Dependency, 'condition'>,
  targetRestart: RestartPolicy | undefined,
): DependencyCondition {
  return condition ?? (targetRestart === 'never' ? 'completed' : 'healthy');
}

/**
 * The dependencies that do not hold right now, with their conditions resolved. `started`: runs, or ran and completed.
 * `healthy`: runs and its health check passes (runs, where it has none). `completed`: ended with 0.
 */
export function unmetDependencies(
  dependsOn: readonly Dependency[],
  lookUp: (name: string) => DependencyTarget | undefined,
): UnmetDependency[] {
  return dependsOn.flatMap((dependency) => {
    const found = lookUp(dependency.process);
    const condition = conditionOf(dependency, found?.restart);
    if (found && holds(condition, found)) return [];
    return [{ ...dependency, condition, state: found?.record.phase.state ?? null }];
  });
}

function holds(condition: DependencyCondition, { record, checksHealth }: DependencyTarget): boolean {
  const { state } = record.phase;
  switch (condition) {
    case 'started':
      return state === 'running' || state === 'completed';
    case 'healthy':
      return state === 'running' && (!checksHealth || isWell(record));
    case 'completed':
      return state === 'completed';
    default:
      return condition satisfies never;
  }
}

/** Also while a check that was changed during the run has not answered: it was well by the old one. */
function isWell({ health, healthyAt }: ProcessRecord): boolean {
  return health.status === 'healthy' || (health.status === 'unknown' && healthyAt !== null);
}

/** The dependency cannot come to hold without a command to its process. */
export function isHopeless({ condition, state }: UnmetDependency): boolean {
  return (
    state === null ||
    state === 'failed' ||
    state === 'stopped' ||
    (condition === 'healthy' && state === 'completed')
  );
}
