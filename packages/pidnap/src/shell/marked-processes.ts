import type { RunMark } from '../core/run-mark.ts';
import { listPids, procSupport, readAncestors, readMarksOf, readProcessRow } from './process-table.ts';

/** A live process that carries a mark of this pidnap. */
export interface MarkedProcess {
  readonly pid: number;
  readonly startTicks: number;
  readonly name: string;
  readonly run: number;
  readonly isSessionLeader: boolean;
}

/**
 * Everything alive that carries a mark of this instance, also an outer one: what earlier pidnaps with this state directory
 * started. Looks at every process once. Never pidnap itself nor what is above it.
 */
export function scanMarked(instanceId: string): MarkedProcess[] {
  if (procSupport() === 'none') return [];
  const marked = listPids().flatMap((pid) => {
    const mark = readMarksOf(pid)?.find((one) => one.instanceId === instanceId);
    const row = mark && readProcessRow(pid);
    return row && !row.zombie ? [{ row, mark }] : [];
  });
  const above = readAncestors();
  return marked
    .filter(({ row }) => !above.has(row.pid))
    .map(({ row: { pid, startTicks, session }, mark: { name, run } }) => ({
      pid,
      startTicks,
      name,
      run,
      isSessionLeader: session === pid,
    }));
}

/**
 * SIGKILL to whatever carries a mark of this instance for a run that is not the current one: what left its tree unseen
 * before the tree was ended. `currentRuns` has the run of every process that has one, null for one that has none; marks
 * of names it does not have count as older, except those of helpers (`name:helper`). Gives back how many were killed.
 */
export function sweepOlderRuns(instanceId: string, currentRuns: ReadonlyMap<string, number | null>): number {
  return scanMarked(instanceId).filter((marked) => isOlder(marked, currentRuns) && kill(marked.pid)).length;
}

function isOlder(
  { name, run }: Pick<RunMark, 'name' | 'run'>,
  current: ReadonlyMap<string, number | null>,
): boolean {
  return !name.includes(':') && current.get(name) !== run;
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile, or the process of another user.
    return false;
  }
}
