import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parseEnvironment, parsePs, parseStat, type ProcessEntry } from '../core/process-entry.ts';

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
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(pids.map((pid) => readOne(Number(pid), hostId)));
  return entries.filter((entry) => entry !== null);
}

/** One process, or `null` when there is none with this pid. */
export async function readProcess(pid: number, hostId: string): Promise<ProcessEntry | null> {
  if (process.platform === 'linux') return readOne(pid, hostId);
  return (await readProcesses(hostId)).find((entry) => entry.pid === pid) ?? null;
}

async function readOne(pid: number, hostId: string): Promise<ProcessEntry | null> {
  // A process may end between two reads and most belong to others: what cannot be read is not ours.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const base = stat === null ? null : parseStat(stat);
  if (base === null) return null;
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const machineId = parseEnvironment(environment.split('\0'), hostId);
  if (machineId === null) return { ...base, machineId: null, command: '' };
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return { ...base, machineId, command: command.replaceAll('\0', ' ').trim() };
}
