/** Reads what the system says of processes and finds a machine's among them. Pure. */

/** Name of the variable that marks every process of a machine. */
export const MACHINE_MARK = 'FETTLE_MACHINE_ID';
/** Name of the variable that tells whose machine it is. */
export const HOST_MARK = 'FETTLE_HOST_ID';

/** One process of this computer. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  /** First letter of the system's state, for example `T` for stopped by a signal, `Z` for ended and not reaped. */
  state: string;
  /** Distinguishes this process from a later one with the same pid. */
  startMark: string;
  /** The machine that the process is marked for by our host id. */
  machineId: string | null;
  /** Command line; read for marked processes only. */
  command: string;
}

/** Parses `/proc/<pid>/stat`. The program's name may hold spaces and parentheses, so fields count from its end. */
export function parseStat(text: string): Omit<ProcessEntry, 'machineId' | 'command'> | null {
  const end = text.lastIndexOf(')');
  const pid = Number(text.slice(0, text.indexOf(' ')));
  const fields = text.slice(end + 2).split(' ');
  const [state, parent, group] = fields;
  // Field 22 of proc(5): start time in clock ticks since boot.
  const startMark = fields[19];
  if (end < 0 || state === undefined || startMark === undefined) return null;
  return { pid, parent: Number(parent), group: Number(group), state, startMark };
}

/** The machine that an environment is marked for, if the mark is this host's. */
export function parseEnvironment(variables: readonly string[], hostId: string): string | null {
  if (!variables.includes(`${HOST_MARK}=${hostId}`)) return null;
  const mark = variables.find((variable) => variable.startsWith(`${MACHINE_MARK}=`));
  return mark?.slice(MACHINE_MARK.length + 1) ?? null;
}

/** Parses lines of `ps -AEww -o pid=,ppid=,pgid=,stat=,lstart=,command=` with the C locale. */
export function parsePs(text: string, hostId: string): ProcessEntry[] {
  const line = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/;
  return text.split('\n').flatMap((row) => {
    const match = line.exec(row);
    if (match === null) return [];
    const [, pid, parent, group, stat, startMark, command] = match;
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        state: stat!.charAt(0),
        startMark: startMark!,
        machineId: parseEnvironment(command!.split(' '), hostId),
        command: command!,
      },
    ];
  });
}

/** Whether a process still does or can do anything. */
export function isAlive(entry: Pick<ProcessEntry, 'state'>): boolean {
  return entry.state !== 'Z' && entry.state !== 'X';
}

/**
 * All live processes of a machine: the marked ones and their descendants, which covers a service that cleans its
 * environment, and an orphan that lost its parent.
 */
export function membersOf(entries: readonly ProcessEntry[], machineId: string): ProcessEntry[] {
  const pids = new Set(entries.filter((entry) => entry.machineId === machineId).map((entry) => entry.pid));
  for (let grown = true; grown;) {
    grown = false;
    for (const entry of entries) {
      if (pids.has(entry.pid) || !pids.has(entry.parent)) continue;
      // A process marked for another machine was started by a host-agent inside this one.
      if (entry.machineId !== null && entry.machineId !== machineId) continue;
      pids.add(entry.pid);
      grown = true;
    }
  }
  return entries.filter((entry) => pids.has(entry.pid) && isAlive(entry));
}

/**
 * The process that is the machine (its pidnap) among its members: the recorded one, or the one with the boot
 * command line when the record was lost in a crash. A stopped one (SIGSTOP) counts: only a probe can tell.
 */
export function mainOf(
  members: readonly ProcessEntry[],
  recorded: { pid: number; startMark: string } | null,
): ProcessEntry | null {
  const same = members.find(
    ({ pid, startMark }) => pid === recorded?.pid && startMark === recorded.startMark,
  );
  return same ?? members.find(({ command }) => / boot --root /.test(command)) ?? null;
}
