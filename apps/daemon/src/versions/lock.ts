import { DatabaseSync } from 'node:sqlite';
import type { VersionChangeCode } from '@fettle/contract';
import { VersionChangeError } from './version-change-error.ts';

/**
 * Takes the lock of the version folder, or throws `BUSY`; on a disk without room for it, `DISK_FULL`. The kernel gives it back when the holder dies, however it
 * dies: SQLite's exclusive transaction is a file lock of the process, and Node has no other way to one.
 */
export function takeLock(path: string): Disposable {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const refusal = REFUSALS.get((error as { errcode?: number }).errcode);
    if (refusal === undefined) throw error;
    throw new VersionChangeError({ step: 'lock', ...refusal }, { cause: error });
  }
  return { [Symbol.dispose]: () => database.close() };
}

/** https://www.sqlite.org/rescode.html: 5 is busy, 13 is full. */
const REFUSALS = new Map<number | undefined, { code: VersionChangeCode; message: string }>([
  [5, { code: 'BUSY', message: 'Another version change runs on this machine' }],
  [13, { code: 'DISK_FULL', message: 'The disk has no room for the lock' }],
]);
