import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processIds } from '../metrics/cgroup.ts';
import { parseFileNr } from '../metrics/proc.ts';
import { keepFile } from './kept-file.ts';
import type { MachineGroup } from './machine-groups.ts';

/** Counting takes a look at every process, so it is done this often at the most. */
const COUNT_EVERY_MS = 60_000;
/** More processes than this are not looked at; nothing is told then, because a part would look like all. */
const MAX_PROCESSES = 512;

/** Counts open files now and then. */
export type OpenFiles = { read(now: number): number | null; close(): void };

/**
 * Open files of a machine. In a container: of each process in its group, from the size of `/proc/PID/fd`, which is the
 * number of descriptors since Linux 6.2 and takes one `stat`; before that the folder is listed. Where the machine is the
 * host: the kernel's own count for the whole of it.
 */
export function countOpenFiles(group: MachineGroup | null): OpenFiles {
  const file = keepFile(group === null ? '/proc/sys/fs/file-nr' : join(group.folder, 'cgroup.procs'));
  let last: { at: number; count: number | null } | null = null;
  const count = (): number | null => {
    const text = file?.read() ?? null;
    if (group === null) return parseFileNr(text);
    const pids = processIds(text);
    if (pids.length === 0 || pids.length > MAX_PROCESSES) return null;
    return pids.reduce((sum, pid) => sum + descriptorsOf(pid), 0);
  };
  return {
    read(now) {
      if (last === null || now - last.at >= COUNT_EVERY_MS) last = { at: now, count: count() };
      return last.count;
    },
    close: () => file?.close(),
  };
}

/** 0 for a process that ended meanwhile, or that belongs to somebody else. */
function descriptorsOf(pid: number): number {
  try {
    const folder = `/proc/${pid}/fd`;
    return statSync(folder).size || readdirSync(folder).length;
  } catch {
    return 0; // it has none that are ours to count
  }
}
