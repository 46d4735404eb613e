import { splitChildren } from '../core/adopted-children.ts';
import type { RunMark } from '../core/run-mark.ts';
import { claimOf, type Tree } from '../core/tree.ts';
import {
  ProcFile,
  readAncestors,
  readMarksOf,
  readProcessRow,
  toPids,
  type ProcessRow,
} from './process-table.ts';
import { isOwnRun } from './run-process.ts';

/**
 * A child of an ancestor as it was when it was first seen. `marks` is null as long as it had no environment: starting
 * another program leaves it so for a moment, which on a busy machine can be some milliseconds.
 */
interface Entry {
  readonly row: ProcessRow;
  readonly seenAt: number;
  marks: readonly RunMark[] | null;
}

/** Who has no environment for this long has none. */
const UNDECIDED_MS = 1000;

interface Adopter {
  /** Its list of children, kept open: a look is then one system call per ancestor. */
  readonly list: ProcFile;
  text: string;
  pids: number[];
  entries: Map<number, Entry>;
}

/**
 * Processes that lost their parent. The kernel hands the orphans of a tree to the nearest process above pidnap that asked
 * for them (a subreaper), else to process 1 of the pid namespace; to pidnap itself when that is what it is. So whatever
 * left a tree is among the children of pidnap's ancestors. Every child is looked at once and remembered by its place in
 * the list, which is in order of arrival: a look costs one small file per ancestor, however many processes there are.
 */
export class Orphans {
  readonly #adopters: Adopter[] = [];
  #ended = false;
  /** False when an ancestor's children are hidden from us (`hidepid`, or a kernel without these lists). */
  readonly visible: boolean = true;
  /** pidnap, everything above it, and process 1: never part of a tree. */
  readonly above: ReadonlySet<number>;

  constructor() {
    this.above = readAncestors();
    for (const pid of this.above) {
      const list = ProcFile.open(`/proc/${pid}/task/${pid}/children`);
      if (list) this.#adopters.push({ list, text: '', pids: [], entries: new Map() });
      else this.visible &&= pid !== 1 && readProcessRow(pid) === null;
    }
  }

  /**
   * Children of the ancestors that are of this tree, as they are now, zombies included. `undecided` are those that cannot
   * be told yet: another look a little later can. `ended`: some had ended before they could be looked at.
   */
  find(tree: Tree): { rows: ProcessRow[]; undecided: ProcessRow[]; ended: boolean } {
    const rows: ProcessRow[] = [];
    const undecided: ProcessRow[] = [];
    this.#ended = false;
    for (const adopter of this.#adopters) {
      this.#refresh(adopter);
      for (const entry of adopter.entries.values()) {
        // What was seen at first decides: nothing can join a group of another session later on.
        if (entry.row.startTicks < tree.startTicks) continue;
        entry.marks ??= readMarksOf(entry.row.pid);
        const claim = claimOf(entry.row, tree, () => entry.marks ?? []);
        if (claim === 'foreign' || (claim === 'open' && entry.marks)) continue;
        const row = readProcessRow(entry.row.pid);
        if (row?.startTicks !== entry.row.startTicks) this.#ended = true;
        else if (claim === 'ours') rows.push(row);
        else if (!row.zombie && performance.now() - entry.seenAt < UNDECIDED_MS) undecided.push(row);
        else entry.marks = [];
      }
    }
    return { rows, undecided, ended: this.#ended };
  }

  /** Somebody came or went since `find` looked: what it found may already have left children that it did not see. */
  changed(): boolean {
    return this.#adopters.some(({ list, text }) => list.read() !== text);
  }

  #refresh(adopter: Adopter): void {
    // An ancestor that is gone keeps an empty list: its own parent takes over what it had.
    const text = adopter.list.read();
    if (text === adopter.text) return;
    const { known, fresh } = splitChildren(adopter.pids, toPids(text) ?? []);
    const entries = new Map<number, Entry>();
    for (const pid of known) {
      const entry = adopter.entries.get(pid);
      if (entry) entries.set(pid, entry);
    }
    for (const pid of fresh) {
      if (isOwnRun(pid) || this.above.has(pid)) continue;
      const row = readProcessRow(pid);
      if (!row || row.zombie) this.#ended = true;
      if (row)
        entries.set(pid, { row, marks: row.zombie ? [] : readMarksOf(pid), seenAt: performance.now() });
    }
    Object.assign(adopter, { text, pids: [...known, ...fresh], entries });
  }
}
