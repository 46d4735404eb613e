/** Decides which processes belong to the tree of a run. */

/** What is known of a process of the machine. */
export interface TreeRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly zombie: boolean;
}

/**
 * Pids of a tree. A process belongs to it when it is in the group or session of the leader, or carries the mark of the
 * process in its environment (which survives setsid, double forks and a parent that is gone), or descends from one that
 * does. Zombies do not count: nothing of them runs. `foreign` rows are never taken, whatever their group: pid numbers
 * come round again.
 */
export function treeMembers<Row extends TreeRow>(
  rows: readonly Row[],
  {
    leader,
    marked,
    foreign,
  }: { leader: number; marked: (row: Row) => boolean; foreign: (row: Row) => boolean },
): number[] {
  const children = Map.groupBy(rows, (row) => row.parent);
  const members = new Map<number, Row>();
  const take = (row: Row): void => {
    if (members.has(row.pid) || foreign(row)) return;
    members.set(row.pid, row);
    for (const child of children.get(row.pid) ?? []) take(child);
  };
  for (const row of rows) {
    if (row.pid === leader || row.group === leader || row.session === leader || marked(row)) take(row);
  }
  return [...members.values()].filter((row) => !row.zombie).map((row) => row.pid);
}
