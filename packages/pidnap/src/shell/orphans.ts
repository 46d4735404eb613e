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

/** A child of an ancestor as it was when it was first seen. `marks` is null when its environment was empty. */
interface Entry {
  readonly row: ProcessRow;
  marks: readonly RunMark[] | null;
}

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

  /** Children of the ancestors that are of this tree, as they are now, zombies included. */
  find(tree: Tree): ProcessRow[] {
    return this.#adopters.flatMap((adopter) => {
      this.#refresh(adopter);
      return [...adopter.entries.values()].flatMap((entry) => claimed(entry, tree));
    });
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
      if (row) entries.set(pid, { row, marks: readMarksPatiently(pid) });
    }
    Object.assign(adopter, { text, pids: [...known, ...fresh], entries });
  }
}

function claimed(entry: Entry, tree: Tree): ProcessRow[] {
  const { row: first } = entry;
  // Decided by what was seen at first as long as that says no: nothing can join a group of another session later on.
  if (first.startTicks < tree.startTicks) return [];
  entry.marks ??= readMarksPatiently(first.pid);
  if (claimOf(first, tree, () => entry.marks ?? []) !== 'ours') return [];
  const row = readProcessRow(first.pid);
  return row?.startTicks === first.startTicks ? [row] : [];
}

/** Reads again while the environment is empty: starting another program leaves it so for less than 0.1 ms. */
function readMarksPatiently(pid: number): RunMark[] | null {
  for (let attempt = 1; attempt < 20; attempt++) {
    const marks = readMarksOf(pid);
    if (marks) return marks;
  }
  return readMarksOf(pid);
}
