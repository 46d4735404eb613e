import type { RunMark } from '../core/run-mark.ts';
import { letProgramsStart } from './pause.ts';
import {
  listPids,
  procSupport,
  readAncestors,
  readMarksOf,
  readProcessRow,
  type ProcessRow,
} from './process-table.ts';
import { sendSignal } from './signal.ts';

/** How often a process is looked at that has no environment. */
const MAX_LOOKS = 4;

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
 * started. Never pidnap itself nor what is above it.
 */
export function scanMarked(instanceId: string): MarkedProcess[] {
  if (procSupport() === 'none') return [];
  const marked: { row: ProcessRow; mark: RunMark }[] = [];
  let unread = listPids();
  for (let looks = 1; unread.length > 0 && looks <= MAX_LOOKS; looks++) {
    if (looks > 1) letProgramsStart();
    unread = unread.filter((pid) => {
      const marks = readMarksOf(pid);
      const mark = marks?.find((one) => one.instanceId === instanceId);
      if (marks && !mark) return false;
      const row = readProcessRow(pid);
      if (!row || row.zombie) return false;
      if (mark) marked.push({ row, mark });
      // Without an environment it is a thread of the kernel, or just starting another program.
      return !mark && row.session !== 0;
    });
  }
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
  return scanMarked(instanceId).filter(
    (marked) => isOlder(marked, currentRuns) && sendSignal(marked.pid, 'SIGKILL'),
  ).length;
}

function isOlder(
  { name, run }: Pick<RunMark, 'name' | 'run'>,
  current: ReadonlyMap<string, number | null>,
): boolean {
  return !name.includes(':') && current.get(name) !== run;
}

/** The process is still the one that was seen under this number, and it runs. */
export function isSameProcess({ pid, startTicks }: { pid: number; startTicks: number }): boolean {
  const row = readProcessRow(pid);
  return row !== null && row.startTicks === startTicks && !row.zombie;
}
