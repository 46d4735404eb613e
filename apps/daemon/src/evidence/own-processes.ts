/** Which of a system's processes are a machine's. Pure. */

/** One process, as `/proc` tells it. */
export type ProcessRow = {
  pid: number;
  parent: number;
  /** Program and arguments, blanks between them. */
  command: string;
  state: string;
  memoryMb: number;
  /** Its environment says that it belongs to the machine. */
  marked: boolean;
};

/**
 * The processes of the machine whose disk is at `root`. Where its supervisor is the first process, everything is the
 * machine's; elsewhere, such as in a process tree on a host, what is marked and the supervisor, with all that they have
 * started. `self`, who is looking, and what it has started are left out.
 */
export function ownProcesses(
  rows: readonly ProcessRow[],
  { root, self }: { root: string; self: number },
): ProcessRow[] {
  const isSupervisor = ({ command }: ProcessRow) => `${command} `.includes(` boot --root ${root} `);
  const alone = rows.some((row) => row.pid === 1 && isSupervisor(row));
  const roots = rows.filter((row) => alone || row.marked || isSupervisor(row));
  const looking = withDescendants(rows, new Set([self]));
  const own = withDescendants(rows, new Set(roots.map(({ pid }) => pid)));
  return rows.filter(({ pid }) => own.has(pid) && !looking.has(pid));
}

function withDescendants(rows: readonly ProcessRow[], pids: Set<number>): Set<number> {
  const found = new Set(pids);
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const { pid, parent } of rows) if (found.has(parent)) found.add(pid);
  }
  return found;
}

/** A process from its `status`, `cmdline` and `environ`; `null` when it has ended meanwhile. */
export function parseProcess(
  pid: number,
  texts: { status: string | null; cmdline: string | null; environ: string | null },
  marks: readonly string[],
): ProcessRow | null {
  if (texts.status === null) return null;
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(texts.status ?? '')?.[1] ?? '';
  const command = (texts.cmdline ?? '').replaceAll('\0', ' ').trim();
  const environment = (texts.environ ?? '').split('\0');
  return {
    pid,
    parent: Number(field('PPid')),
    command: command === '' ? `[${field('Name')}]` : command,
    state: field('State'),
    memoryMb: Math.round(Number.parseInt(field('VmRSS') || '0', 10) / 102.4) / 10,
    marked: marks.some((mark) => environment.includes(mark)),
  };
}
