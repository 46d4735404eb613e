import { treeMembers } from '../core/tree.ts';
import { isErrno, readEnvironment, readProcessTable, type ProcessRow } from './process-table.ts';

/** Environment variables by which everything a process starts is recognised, wherever it ends up in the machine. */
export const MARK_INSTANCE = 'PIDNAP_INSTANCE';
export const MARK_PROCESS = 'PIDNAP_PROCESS';

/** Names the tree of one process of one pidnap. */
export interface TreeMark {
  readonly instanceId: string;
  readonly name: string;
}

/** Pids that are alive in the tree led by `leader`; never pidnap itself nor process 1. */
export function findTree(leader: number, mark: TreeMark): number[] {
  const environments = new Map<number, Map<string, string>>();
  const markOf = ({ pid }: ProcessRow): string | undefined => {
    let environment = environments.get(pid);
    if (!environment) environments.set(pid, (environment = readEnvironment(pid)));
    return environment.get(MARK_INSTANCE) === mark.instanceId ? environment.get(MARK_PROCESS) : undefined;
  };
  return treeMembers(readProcessTable(), {
    leader,
    marked: (row) => markOf(row) === mark.name,
    foreign: (row) => {
      if (row.pid === 1 || row.pid === process.pid) return true;
      const name = markOf(row);
      return name !== undefined && name !== mark.name;
    },
  });
}

/** Pids that any earlier pidnap with this instance id left behind. */
export function findLeftovers(instanceId: string): number[] {
  return readProcessTable()
    .filter((row) => row.pid !== process.pid && !row.zombie)
    .filter((row) => readEnvironment(row.pid).get(MARK_INSTANCE) === instanceId)
    .map((row) => row.pid);
}

/**
 * Sends a signal to everything `find` finds. SIGKILL is repeated until a look finds nobody new, because a tree may
 * fork while it is being killed; what forks faster than that is left to the next round.
 */
export function signalAll(signal: NodeJS.Signals, find: () => number[]): void {
  const seen = new Set<number>();
  for (let round = 0; round < 10; round++) {
    const fresh = find().filter((pid) => !seen.has(pid));
    if (fresh.length === 0) return;
    for (const pid of fresh) {
      seen.add(pid);
      sendSignal(pid, signal);
    }
    if (signal !== 'SIGKILL') return;
  }
}

/** Sends a signal to a pid, or to a group when negative. False when there is nobody (left) to get it. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    // A process that changed its user is beyond our reach; the rest of the tree must still get the signal.
    if (isErrno(error, 'EPERM')) return false;
    throw error;
  }
}
