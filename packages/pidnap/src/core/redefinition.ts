/** Decides what a new definition means for a process that is up. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { isEqual } from './equal.ts';

/**
 * Whether a process that runs under `old` must be started anew to be as `next` says: something that it was started
 * with is different, or it runs at fixed times now and did not before (or the other way round). Everything else is a
 * rule of pidnap's own and holds from the moment on.
 */
export function needsNewRun(old: ProcessDefinition, next: ProcessDefinition): boolean {
  return !isEqual(startedWith(old), startedWith(next));
}

function startedWith({ command, cwd, env, envFiles, inheritEnv, schedule }: ProcessDefinition): unknown {
  return {
    command,
    cwd,
    env,
    // Whether a file must exist, and what its change does, are rules; its place among the others decides what wins.
    envFiles: envFiles.map(({ path }) => path),
    inheritEnv: inheritEnv.toSorted(),
    isScheduled: schedule !== undefined,
  };
}
