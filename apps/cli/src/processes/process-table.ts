import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One live process of this computer. Ended ones that nobody has reaped (zombies) are not among them. */
export type ProcessEntry = {
  pid: number;
  parent: number;
  /** Distinguishes a process from a later one with the same pid. */
  startMark: string;
  /** First letter of the system's state: `T` is stopped by a signal. */
  state: string;
  command: string;
  /** Environment as `NAME=value`; empty where it may not be read. */
  environment: readonly string[];
};

/** All live processes. Linux: `/proc`; elsewhere `ps`, which shows environments of our own user's processes. */
export async function readProcesses(): Promise<ProcessEntry[]> {
  if (process.platform !== 'linux') return readFromPs();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(pids.map((pid) => readFromProc(Number(pid))));
  return entries.filter((entry) => entry !== null);
}

/** The live process with this pid, if there is one. */
export async function readProcess(pid: number): Promise<ProcessEntry | null> {
  if (process.platform === 'linux') return readFromProc(pid);
  return (await readFromPs()).find((entry) => entry.pid === pid) ?? null;
}

/** The entries below `root`, itself included, parents before children. */
export function descendants(entries: readonly ProcessEntry[], root: number): ProcessEntry[] {
  const found = entries.filter(({ pid }) => pid === root);
  for (const parent of found)
    found.push(...entries.filter(({ parent: of, pid }) => of === parent.pid && pid !== root));
  return found;
}

/** Sends a signal; a process that is gone by now needs none. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Parses `/proc/<pid>/stat`. The program's name may hold spaces and parentheses, so fields count from its end. */
export function parseStat(text: string): Pick<ProcessEntry, 'pid' | 'parent' | 'startMark' | 'state'> | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  const startMark = fields[19]; // field 22 of proc(5): start time in clock ticks since boot
  if (state === undefined || startMark === undefined) return null;
  return { pid: Number(text.slice(0, text.indexOf(' '))), parent: Number(parent), startMark, state };
}

async function readFromProc(pid: number): Promise<ProcessEntry | null> {
  // A process may end between two reads, and most belong to others: what cannot be read is not ours.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const parsed = stat === null ? null : parseStat(stat);
  if (parsed === null || parsed.state === 'Z' || parsed.state === 'X') return null;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return { ...parsed, command: command.replaceAll('\0', ' ').trim(), environment: environment.split('\0') };
}

async function readFromPs(): Promise<ProcessEntry[]> {
  const { stdout } = await run('ps', ['-AEww', '-o', 'pid=,ppid=,stat=,lstart=,command='], {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 10_000,
  });
  return parsePs(stdout);
}

/** Parses lines of `ps -AEww -o pid=,ppid=,stat=,lstart=,command=` with the C locale. */
export function parsePs(text: string): ProcessEntry[] {
  const line = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/;
  return text.split('\n').flatMap((row) => {
    const [, pid, parent, stat = '', startMark = '', command = ''] = line.exec(row) ?? [];
    if (pid === undefined || stat.startsWith('Z')) return [];
    const environment = command.split(' ').filter((word) => /^\w+=/.test(word));
    return [
      { pid: Number(pid), parent: Number(parent), state: stat.charAt(0), startMark, command, environment },
    ];
  });
}
