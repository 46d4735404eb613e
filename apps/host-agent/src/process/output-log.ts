import { copyFile, open, stat, truncate } from 'node:fs/promises';
import { systemCode } from '../host-failure.ts';

/** Size at which a machine's output is moved aside, so that one machine uses at most twice this: 8 MiB. */
const MAX_OUTPUT_BYTES = 8 * 1024 ** 2;
/** Enough for 2000 long lines. */
const TAIL_BYTES = 1024 ** 2;

/** The last lines of a file, oldest first; none when there is no file. */
export async function tailLines(path: string, count: number): Promise<string[]> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return lastLines(buffer.toString('utf8', 0, bytesRead), count);
  } finally {
    await file.close();
  }
}

/** The last lines of a text, without the empty one after its final newline. */
export function lastLines(text: string, count: number): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return count <= 0 ? [] : lines.slice(-count);
}

/**
 * Moves a large output aside. The machine keeps its file open for appending, so the content is copied and the file
 * emptied; lines written between the two are lost.
 */
export async function rotateOutput(path: string): Promise<void> {
  try {
    if ((await stat(path)).size <= MAX_OUTPUT_BYTES) return;
    await copyFile(path, `${path}.1`);
    await truncate(path, 0);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
