import { DatabaseSync } from 'node:sqlite';
import { VersionChangeError } from './version-change-error.ts';

/**
 * Takes the lock of the version folder, or throws `BUSY`. The kernel gives it back when the holder dies, however it
 * dies: SQLite's exclusive transaction is a file lock of the process, and Node has no other way to one.
 */
export function takeLock(path: string): Disposable {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    const message = 'Another version change runs on this machine';
    throw new VersionChangeError({ step: 'lock', code: 'BUSY', message }, { cause: error });
  }
  return { [Symbol.dispose]: () => database.close() };
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;
