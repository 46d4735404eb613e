import { claimOf, collectTree, type Tree } from '../core/tree.ts';
import { listPids, readChildren, readMarksOf, readProcessRow, type ProcessRow } from './process-table.ts';

/** By the lists of children, from the roots down. */
export function walkTree(tree: Tree, roots: readonly ProcessRow[], above: ReadonlySet<number>): ProcessRow[] {
  return collectTree(
    roots.filter(({ pid }) => !above.has(pid)),
    {
      claim: (row) => (above.has(row.pid) ? 'foreign' : claimOf(row, tree, () => readMarksOf(row.pid) ?? [])),
      childrenOf: (row) => {
        if (row.zombie) return [];
        const pids = readChildren(row.pid, row.threads === 1 ? 'first' : 'all') ?? [];
        if (pids.length === 0) return [];
        const rows = pids
          .flatMap((pid) => readProcessRow(pid) ?? [])
          .filter(({ parent }) => parent === row.pid);
        // The list was that of this process, not of another one that got its number meanwhile.
        return readProcessRow(row.pid)?.startTicks === row.startTicks ? rows : [];
      },
    },
  );
}

/**
 * By all processes of the machine. `undecided` have no environment yet; threads of the kernel, which never have one, are
 * told from them by their session. `restless`: some ended since the last look and may have left children that this one
 * missed. `zombies` are those that had ended by the last look; it is brought up to date. Somewhere on the machine there may
 * always be some, and as long as they are the same they say nothing.
 */
export function scanTree(
  tree: Tree,
  above: ReadonlySet<number>,
  zombies: Set<number>,
): { rows: ProcessRow[]; undecided: ProcessRow[]; restless: boolean } {
  const pids = listPids();
  const table = pids.flatMap((pid) => readProcessRow(pid) ?? []);
  const others = table.filter(({ pid }) => !above.has(pid));
  const children = Map.groupBy(others, ({ parent }) => parent);
  const undecided: ProcessRow[] = [];
  const claim = (row: ProcessRow) =>
    claimOf(row, tree, () => {
      const marks = readMarksOf(row.pid);
      if (!marks && !row.zombie && row.session !== 0) undecided.push(row);
      return marks ?? [];
    });
  const roots = others.filter((row) => claim(row) === 'ours');
  const ended = others.filter((row) => row.zombie && row.startTicks >= tree.startTicks);
  const restless = table.length < pids.length || ended.some(({ pid }) => !zombies.has(pid));
  zombies.clear();
  for (const { pid } of ended) zombies.add(pid);
  return {
    rows: collectTree(roots, { claim, childrenOf: ({ pid }) => children.get(pid) ?? [] }),
    undecided,
    restless,
  };
}
