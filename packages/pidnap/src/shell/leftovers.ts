import { setTimeout as delay } from 'node:timers/promises';
import { isSameProcess, scanMarked, sendSignal, type MarkedProcess } from './process-tree.ts';

/** How long what is ended gets to end by itself. */
const GRACE_MS = 5000;
const LOOK_MS = 20;
const KILL_ROUNDS = 50;

/** The leader of a run as a record knows it. */
export interface RecordedLeader {
  readonly name: string;
  readonly run: number;
  readonly pid: number;
  readonly startTicks: number;
}

/** What an earlier pidnap with this state directory left running. */
export class Leftovers {
  readonly #instanceId: string | null;
  readonly #rows: readonly MarkedProcess[];
  readonly #adopted = new Set<string>();

  /** Null: there was no earlier pidnap, so there is nothing to look for. */
  constructor(instanceId: string | null) {
    this.#instanceId = instanceId;
    this.#rows = this.#scan();
  }

  /** The run is alive: its leader is there, is the process that was recorded, and carries the mark of this run. */
  isAlive({ name, run, pid, startTicks }: RecordedLeader): boolean {
    return this.#rows.some(
      (row) => row.pid === pid && row.startTicks === startTicks && row.name === name && row.run === run,
    );
  }

  /** Leaves the run alone from now on. */
  adopt({ name, run }: { name: string; run: number }): void {
    this.#adopted.add(key(name, run));
  }

  /** Ends whatever was not adopted: asked first, killed after five seconds. Gives back how many processes that were. */
  async end(): Promise<number> {
    const rows = this.#strangers(this.#rows);
    const living = (): MarkedProcess[] => rows.filter(isSameProcess);
    const count = living().length;
    if (count === 0) return 0;
    for (const { pid } of living())
      for (const signal of ['SIGTERM', 'SIGCONT'] as const) sendSignal(pid, signal);
    const deadline = performance.now() + GRACE_MS;
    while (living().length > 0 && performance.now() < deadline) await delay(LOOK_MS);
    // What was started meanwhile is seen by looking anew. A process in uninterruptible sleep ends when it wakes; waiting
    // for it longer would keep the machine from starting.
    for (let round = 0; round < KILL_ROUNDS; round++) {
      const left = this.#strangers(this.#scan()).filter(isSameProcess);
      if (left.length === 0) break;
      for (const { pid } of left) sendSignal(pid, 'SIGKILL');
      await delay(LOOK_MS);
    }
    return count;
  }

  #scan(): MarkedProcess[] {
    return this.#instanceId === null ? [] : scanMarked(this.#instanceId);
  }

  #strangers(rows: readonly MarkedProcess[]): MarkedProcess[] {
    return rows.filter(({ name, run }) => !this.#adopted.has(key(name, run)));
  }
}

function key(name: string, run: number): string {
  return `${name} ${run}`;
}
