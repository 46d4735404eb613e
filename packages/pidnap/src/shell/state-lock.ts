import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno, readProcessRow } from './process-table.ts';

/**
 * Makes sure that one pidnap at a time uses a state directory, which is created when missing. Throws when another one
 * is alive. The file names pid and start time: a pid alone comes round again with every container start.
 */
export function lockStateDir(stateDir: string): { release(): void } {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, 'pidnap.pid');
  const holder = readHolder(path);
  if (holder !== null) throw new Error(`pidnap with pid ${holder} uses ${stateDir} already`);
  rmSync(path, { force: true });
  const own = `${process.pid} ${readProcessRow(process.pid)?.startTicks ?? 0}\n`;
  // Exclusive: of two that start in the same moment, one fails here.
  writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
  return { release: () => rmSync(path, { force: true }) };
}

/** Pid of the pidnap that holds the lock; null when there is none or it is dead. */
function readHolder(path: string): number | null {
  try {
    const [pid = 0, startTicks = 0] = readFileSync(path, 'utf8').trim().split(' ').map(Number);
    if (pid === process.pid) return null;
    return readProcessRow(pid)?.startTicks === startTicks ? pid : null;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}
