import { markToVariables, type RunMark } from '../core/run-mark.ts';
import type { Tree } from '../core/tree.ts';
import { Orphans } from './orphans.ts';
import { procSupport, readProcessRow, type ProcessRow } from './process-table.ts';
import { isOwnRun } from './run-process.ts';
import { letProgramsStart } from './pause.ts';
import { groupExists, sendSignal, trySignal } from './signal.ts';
import { scanTree, walkTree } from './tree-look.ts';

export type { RunMark } from '../core/run-mark.ts';
export { isSameProcess, scanMarked, sweepOlderRuns, type MarkedProcess } from './marked-processes.ts';
export { sendSignal } from './signal.ts';

/**
 * Rounds of one `kill`. A tree that forks while it is being killed gets several; what forks faster than that is left to
 * the next call.
 */
const KILL_ROUNDS = 50;
/** How often a look is repeated because processes were handed over while it looked, or cannot be told yet. */
const MAX_LOOKS = 5;

let orphans: Orphans | undefined;

/** Variables that mark the processes of a run, for its environment. */
export function markVariables(mark: RunMark, own: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return markToVariables(mark, (name) => own[name]);
}

interface Look {
  readonly rows: ProcessRow[];
  readonly undecided: ProcessRow[];
  readonly restless: boolean;
  /** Everybody was looked at, not the tree alone. */
  readonly isScan: boolean;
}

/** Everything that one run started, as far as it can be known. A look costs by the size of the tree. */
export class RunTree {
  readonly #leader: number;
  readonly #startTicks: number;
  readonly #mark: RunMark;
  /** Started by this pidnap, so its end is told. */
  readonly #ownChild: boolean;
  #seen = new Map<number, number>();
  /** pid -> start ticks of those that SIGKILL may not be sent to. */
  readonly #refused = new Map<number, number>();
  /** Orphans that the last look could not tell yet. */
  #undecided: readonly ProcessRow[] = [];
  /** Processes were still being handed over at the end of the last look. */
  #restless = false;
  /** All over the machine, at the last look at everybody. */
  readonly #zombies = new Set<number>();
  /** Set once nobody was left: from then on the leader's number may belong to somebody else. */
  #wasEmpty = false;

  constructor({ leader, startTicks, mark }: { leader: number; startTicks: number; mark: RunMark }) {
    this.#leader = leader;
    this.#startTicks = startTicks;
    this.#mark = mark;
    this.#ownChild = isOwnRun(leader);
  }

  /**
   * Pids that are alive, parents before their children; never pidnap, nothing above it, nor process 1. Those that may
   * not even be killed (they run as another user) are left out once that was tried. An orphan that cannot be told yet,
   * because it is just starting another program, is among them; it gets no signals. Without a usable /proc it is the
   * leader's number for as long as its group exists.
   */
  members(): number[] {
    return [...this.#living(), ...this.#undecided].map(({ pid }) => pid);
  }

  /**
   * Notes who is in the tree now, so that they are found when the leader is gone, whatever became of their environment
   * and session. For use before something is asked to end.
   */
  remember(): void {
    this.#look();
  }

  /** The leader exists and is no zombie. */
  leaderAlive(): boolean {
    if (procSupport() === 'none') return sendSignal(this.#leader, 0);
    const row = this.#leaderRow();
    return row !== null && !row.zombie;
  }

  /** Members that run as another user and refused SIGKILL. */
  beyondReach(): number[] {
    return this.#look()
      .filter((row) => !row.zombie && this.#refused.get(row.pid) === row.startTicks)
      .map(({ pid }) => pid);
  }

  /**
   * Sends a signal to the leader, to its process group, or to every member. False when there was nobody to get it.
   */
  signal(signal: NodeJS.Signals, scope: 'leader' | 'group' | 'tree'): boolean {
    switch (scope) {
      case 'leader':
        return this.leaderAlive() && sendSignal(this.#leader, signal);
      case 'group':
        return this.#ownsNumber() && sendSignal(-this.#leader, signal);
      case 'tree':
        return this.#living()
          .map(({ pid }) => sendSignal(pid, signal))
          .includes(true);
      default:
        return scope satisfies never;
    }
  }

  /** SIGKILL to everything, again and again until a look finds nobody new: a tree may fork while it is being killed. */
  kill(): void {
    const killed = new Map<number, number>();
    for (let round = 0; round < KILL_ROUNDS; round++) {
      const living = this.#living();
      // One call for the whole group first: nobody in it can fork between two kills.
      if (living.some(({ group }) => group === this.#leader) && this.#ownsNumber())
        sendSignal(-this.#leader, 'SIGKILL');
      const fresh = living.filter((row) => killed.get(row.pid) !== row.startTicks);
      if (fresh.length === 0 && !this.#restless) return;
      for (const { pid, startTicks } of fresh) {
        killed.set(pid, startTicks);
        if (trySignal(pid, 'SIGKILL') === 'refused') this.#refused.set(pid, startTicks);
      }
    }
  }

  #living(): ProcessRow[] {
    return this.#look().filter((row) => !row.zombie && this.#refused.get(row.pid) !== row.startTicks);
  }

  #look(): ProcessRow[] {
    if (procSupport() === 'none') return this.#lookAtGroup();
    for (let looks = 1; ; looks++) {
      const { rows, undecided, restless, isScan } = this.#lookOnce();
      // A scan does not know for how long somebody has had no environment: it waits for them during this look only.
      this.#undecided = isScan ? [] : undecided;
      this.#seen = new Map(rows.map(({ pid, startTicks }) => [pid, startTicks]));
      this.#restless = restless;
      const unsettled = restless || undecided.length > 0;
      if (unsettled && looks < MAX_LOOKS) {
        if (undecided.length > 0) letProgramsStart();
        continue;
      }
      this.#wasEmpty ||= rows.length === 0 && !restless && this.#undecided.length === 0;
      return rows;
    }
  }

  #lookOnce(): Look {
    orphans ??= new Orphans();
    const { above } = orphans;
    const tree: Tree = {
      leader: this.#leader,
      startTicks: this.#startTicks,
      mark: this.#mark,
      seen: this.#seen,
      ownsNumber: () => this.#ownsNumber(),
    };
    if (procSupport() === 'rows' || !orphans.visible)
      return { ...scanTree(tree, above, this.#zombies), isScan: true };
    const leader = this.#leaderRow();
    const seen = [...this.#seen].flatMap(([pid, startTicks]) => {
      const row = pid === this.#leader ? null : readProcessRow(pid);
      return row?.startTicks === startTicks ? [row] : [];
    });
    const { rows: adopted, undecided, ended } = orphans.find(tree);
    const rows = walkTree(tree, [...(leader ? [leader] : []), ...seen, ...adopted], above);
    // Where nobody was found and nobody had just ended, nobody can have left a child meanwhile.
    const restless = (rows.length > 0 || ended) && orphans.changed();
    const found = { rows, undecided, restless, isScan: false };
    if (leader || this.#wasEmpty || rows.some(({ group }) => group === tree.leader)) return found;
    // The group exists and none of it was found: a list of children was read while it changed.
    return groupExists(tree.leader) ? { ...scanTree(tree, above, this.#zombies), isScan: true } : found;
  }

  #lookAtGroup(): ProcessRow[] {
    const { leader, startTicks } = { leader: this.#leader, startTicks: this.#startTicks };
    if (!sendSignal(-leader, 0)) return [];
    return [
      {
        pid: leader,
        parent: process.pid,
        group: leader,
        session: leader,
        zombie: false,
        startTicks,
        threads: 1,
      },
    ];
  }

  /** The leader, also as a zombie; null when it is gone. */
  #leaderRow(): ProcessRow | null {
    if (this.#ownChild && !isOwnRun(this.#leader)) return null;
    const row = readProcessRow(this.#leader);
    return row?.startTicks === this.#startTicks ? row : null;
  }

  /** The leader's number means it, or its group and session, and nobody who came later. */
  #ownsNumber(): boolean {
    if (this.#wasEmpty) return false;
    const row = procSupport() === 'none' ? null : readProcessRow(this.#leader);
    return row === null || row.startTicks === this.#startTicks;
  }
}
