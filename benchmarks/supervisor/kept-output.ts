import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const TAIL_BYTES = 4096;
const LOOK_MS = 5;

/**
 * Resolves as soon as a file below the folder has the marker near its end: everything that was written before it has
 * been kept then. Knows nothing of how a supervisor lays out its files. Fails after `withinMs`.
 */
export async function keptOutputEndsWith(folder: string, marker: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!filesBelow(folder).some((file) => tailOf(file).includes(marker))) {
    if (Date.now() > deadline) throw new Error(`the last line was not kept within ${withinMs} ms`);
    await delay(LOOK_MS);
  }
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    // Not made yet, or renamed while it was read: the next look sees it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function tailOf(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''; // rotated away since it was listed
    throw error;
  }
  try {
    const buffer = Buffer.alloc(TAIL_BYTES);
    const read = readSync(fd, buffer, 0, TAIL_BYTES, Math.max(0, fstatSync(fd).size - TAIL_BYTES));
    return buffer.toString('latin1', 0, read);
  } finally {
    closeSync(fd);
  }
}
