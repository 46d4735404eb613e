import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { writePrivately, type FleetFolder } from '../connection/fleet-state.ts';
import { systemCode } from '../failure.ts';

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** Who has a state folder, for the message to whoever wants it too. */
export const Holder = v.object({
  pid: v.number(),
  /** `null` until the control plane's address is known. */
  url: v.nullable(v.string()),
  phase: v.picklist(['starting', 'running', 'stopping']),
});
export type Holder = v.InferOutput<typeof Holder>;

/**
 * Takes a state folder for this process; `null` while another process has it. The kernel gives the lock back when its
 * holder dies, however it dies: SQLite's exclusive transaction is a file lock, and Node has no other way to one.
 */
export function takeFleetLock(folder: FleetFolder): Disposable | null {
  mkdirSync(path.dirname(folder.lockFile), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(folder.lockFile, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    return null;
  }
  return { [Symbol.dispose]: () => database.close() };
}

/** Says who holds the lock; only its holder calls this. */
export async function writeHolder(folder: FleetFolder, holder: Holder): Promise<void> {
  await writePrivately(folder.holderFile, `${JSON.stringify(holder)}\n`);
}

/** Who says to hold the lock; `null` when nobody has said so yet, or not completely. */
export async function readHolder(folder: FleetFolder): Promise<Holder | null> {
  try {
    return v.parse(Holder, JSON.parse(await readFile(folder.holderFile, 'utf8')));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError || v.isValiError(error)) return null;
    throw error;
  }
}
