import { readFileSync, readdirSync } from 'node:fs';
import type { DiskLayout } from '../disk/layout.ts';
import { ownProcesses, parseProcess, type ProcessRow } from './own-processes.ts';

/**
 * The machine's processes, from `/proc`. An environment is looked at for the machine's marks and never kept. Throws on a
 * system without `/proc`.
 */
export function listOwnProcesses(disk: DiskLayout): ProcessRow[] {
  const marks = [`FETTLE_ROOT=${disk.root}`, `HOME=${disk.home}`];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const rows = pids.flatMap((pid) => {
    const read = (file: string) => readText(`/proc/${pid}/${file}`);
    const texts = { status: read('status'), cmdline: read('cmdline'), environ: read('environ') };
    return parseProcess(Number(pid), texts, marks) ?? [];
  });
  return ownProcesses(rows, { root: disk.root, self: process.pid });
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // it has ended, or is somebody else's
  }
}
