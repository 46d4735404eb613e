import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isErrno } from './process-table.ts';

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** Locks of this process. A database that nothing refers to is closed by the garbage collector, and its lock is gone. */
const held = new Set<DatabaseSync>();

/** Another pidnap has the state directory. */
export class StateDirInUseError extends Error {
  override readonly name = 'StateDirInUseError';
}

/**
 * Makes sure that one pidnap at a time uses a state directory, which is created when missing. Throws
 * `StateDirInUseError` while another one has it, whatever container that one runs in. The kernel gives the lock back
 * when its holder dies, however it dies, so there is no stale lock to judge: SQLite's exclusive transaction is a file
 * lock, and Node has no other way to one.
 */
export function lockStateDir(stateDir: string): { release(): void } {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const pidFile = join(stateDir, 'pidnap.pid');
  const lock = new DatabaseSync(join(stateDir, 'pidnap.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new StateDirInUseError(`pidnap with pid ${readPid(pidFile)} uses ${stateDir} already`, {
      cause: error,
    });
  }
  held.add(lock);
  writePid(pidFile);
  return {
    release() {
      if (held.delete(lock)) lock.close();
    },
  };
}

/** For the message only: the lock is what counts, so a full disk is no reason not to start. */
function writePid(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    console.error(`pidnap: cannot write ${path}: ${String(error)}`);
  }
}

function readPid(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || '(not known)';
  } catch (error) {
    // Its holder has not said so yet.
    if (isErrno(error, 'ENOENT')) return '(not known)';
    throw error;
  }
}
