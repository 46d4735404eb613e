import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { isAlive, parseEnvironment, parsePs, parseStat, type ProcessEntry } from '../core/process-entry.ts';

const run = promisify(execFile);

/**
 * All processes of this computer that can be read, with the machine that their environment names for `hostId`.
 * Linux: `/proc`. Elsewhere: `ps` with environments, which shows those of our own user's programs.
 */
export async function readProcesses(hostId: string): Promise<ProcessEntry[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await run('ps', ['-AEww', '-o', 'pid=,ppid=,pgid=,stat=,lstart=,command='], {
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 64 * 1024 * 1024,
      timeout: 10_000,
    });
    return parsePs(stdout, hostId);
  }
  // Small files that the kernel makes up: read one after the other they cost a tenth of what threads for them would.
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const entries = pids.map((pid) => readOne(Number(pid), hostId)).filter((entry) => entry !== null);
  forgetEnded(hostId, new Set(entries.map(({ pid }) => pid)));
  return entries;
}

/** One process, or `null` when there is none with this pid. */
export async function readProcess(pid: number, hostId: string): Promise<ProcessEntry | null> {
  if (process.platform === 'linux') return readOne(pid, hostId);
  return (await readProcesses(hostId)).find((entry) => entry.pid === pid) ?? null;
}

function readOne(pid: number, hostId: string): ProcessEntry | null {
  // A process may end between two reads and most belong to others: what cannot be read is not ours.
  const stat = readIfReadable(`/proc/${pid}/stat`);
  const base = stat === null ? null : parseStat(stat);
  if (base === null) return null;
  // What has ended and was not reaped has no environment any more, and belongs to nobody.
  const machineId = isAlive(base) ? machineOf(base, hostId) : null;
  if (machineId === null) return { ...base, machineId: null, command: '' };
  const command = readIfReadable(`/proc/${pid}/cmdline`) ?? '';
  return { ...base, machineId, command: command.replaceAll('\0', ' ').trim() };
}

/** What the environment of a process said when it was first seen. */
interface Mark {
  startMark: string;
  machineId: string | null;
  seenAt: number;
}

/** By host id and pid. Environments are most of what a look at everybody costs, and say the same for life. */
const marks = new Map<string, Map<number, Mark>>();

/** A process that is being started has its parent's environment for a moment: only after this long it is believed. */
const SETTLED_MS = 3000;

function machineOf(
  { pid, startMark }: Pick<ProcessEntry, 'pid' | 'startMark'>,
  hostId: string,
): string | null {
  const known = marks.get(hostId)?.get(pid);
  const isSame = known?.startMark === startMark;
  const now = performance.now();
  if (isSame && (known.machineId !== null || now - known.seenAt > SETTLED_MS)) return known.machineId;
  const environment = readIfReadable(`/proc/${pid}/environ`) ?? '';
  const machineId = parseEnvironment(environment.split('\0'), hostId);
  const ofHost = marks.get(hostId) ?? new Map<number, Mark>();
  marks.set(hostId, ofHost.set(pid, { startMark, machineId, seenAt: isSame ? known.seenAt : now }));
  return machineId;
}

function forgetEnded(hostId: string, pids: ReadonlySet<number>): void {
  const ofHost = marks.get(hostId);
  for (const pid of ofHost?.keys() ?? []) if (!pids.has(pid)) ofHost?.delete(pid);
}

function readIfReadable(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended, or belongs to somebody else.
    return null;
  }
}
