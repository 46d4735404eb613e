/** Decides which processes belong to the tree of a run. */
import { isSameRun, type RunMark } from './run-mark.ts';

/** What is known of a process of the machine. */
export interface TreeRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Ended, not reaped yet: nothing of it runs any more. */
  readonly zombie: boolean;
  /** Clock ticks after boot at which it began; with the pid it identifies a process for good. */
  readonly startTicks: number;
}

/** What is known of a run's tree. */
export interface Tree {
  readonly leader: number;
  readonly startTicks: number;
  readonly mark: RunMark;
  /** Members seen before: pid -> start ticks. */
  readonly seen: ReadonlyMap<number, number>;
  /**
   * The number of the leader stands for its group and session. The kernel gives a number to nobody else while a group
   * or session has it; once all three are gone it may come round again. Asked only about members of either.
   */
  readonly ownsNumber: () => boolean;
}

/** `open`: nothing speaks for or against it; it belongs where its parent belongs. */
export type Claim = 'ours' | 'foreign' | 'open';

/**
 * What a process says of itself. `marks` reads its environment; it is asked only when nothing cheaper decides.
 * A mark of the same pidnap for another process or an older run is somebody else's, whatever the group. A mark of
 * another pidnap decides nothing: a supervised process may be a pidnap itself.
 */
export function claimOf(row: TreeRow, tree: Tree, marks: () => readonly RunMark[]): Claim {
  if (row.pid === tree.leader && row.startTicks === tree.startTicks) return 'ours';
  if (tree.seen.get(row.pid) === row.startTicks) return 'ours';
  // Everything of a tree begins with or after its leader.
  if (row.startTicks < tree.startTicks) return 'foreign';
  const own = marks().filter(({ instanceId }) => instanceId === tree.mark.instanceId);
  if (own.some((mark) => isSameRun(mark, tree.mark))) return 'ours';
  if (own.length > 0) return 'foreign';
  const inGroup = row.group === tree.leader || row.session === tree.leader;
  return inGroup && tree.ownsNumber() ? 'ours' : 'open';
}

/**
 * Everything of a tree, parents before their children, zombies included: the `roots`, which are known to be ours, and
 * all that descends from them, except what is foreign and its descendants.
 */
export function collectTree<Row extends TreeRow>(
  roots: Iterable<Row>,
  { claim, childrenOf }: { claim: (row: Row) => Claim; childrenOf: (row: Row) => Iterable<Row> },
): Row[] {
  const members = new Map<number, Row>();
  const waiting: Row[] = [];
  const take = (row: Row): void => {
    if (members.has(row.pid)) return;
    members.set(row.pid, row);
    waiting.push(row);
  };
  for (const row of roots) take(row);
  for (let row = waiting.shift(); row; row = waiting.shift()) {
    for (const child of childrenOf(row))
      if (!members.has(child.pid) && claim(child) !== 'foreign') take(child);
  }
  return [...members.values()];
}
