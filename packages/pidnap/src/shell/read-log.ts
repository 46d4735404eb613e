import { open, type FileHandle } from 'node:fs/promises';
import type { LogLine } from '../contract/process.ts';
import { parseLogLine } from '../core/log-format.ts';
import { isErrno } from './process-table.ts';

const BLOCK_BYTES = 65_536;

/** An answer holds at most this many characters of text, however many lines were asked for. */
const MAX_ANSWER_CHARS = 4_194_304;

/**
 * The newest `tail` lines not older than `since`, oldest first, from log files given newest first. Files are read
 * backwards in blocks: the cost follows the answer, not the size of the log.
 */
export async function readNewestLines(
  paths: readonly string[],
  { tail, since = 0 }: { tail: number; since?: number | undefined },
): Promise<{ lines: LogLine[]; more: boolean }> {
  const newestFirst: LogLine[] = [];
  let chars = 0;
  for (const path of paths) {
    for await (const text of linesBackwards(path)) {
      const line = parseLogLine(text);
      if (!line) continue;
      if (line.at < since) return { lines: newestFirst.toReversed(), more: false };
      if (newestFirst.length >= tail || chars > MAX_ANSWER_CHARS)
        return { lines: newestFirst.toReversed(), more: true };
      newestFirst.push(line);
      chars += line.text.length;
    }
  }
  return { lines: newestFirst.toReversed(), more: false };
}

async function* linesBackwards(path: string): AsyncGenerator<string> {
  const file = await openIfThere(path);
  if (!file) return;
  try {
    let end = (await file.stat()).size;
    let tail = Buffer.alloc(0);
    while (end > 0) {
      const size = Math.min(BLOCK_BYTES, end);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, end - size);
      // The file was rotated away and emptied meanwhile; what was read so far stands.
      if (bytesRead < size) return;
      end -= size;
      const block = Buffer.concat([buffer, tail]);
      const firstEnd = end === 0 ? -1 : block.indexOf(10);
      if (end > 0 && firstEnd < 0) {
        tail = block;
        continue;
      }
      tail = block.subarray(0, firstEnd + 1);
      const lines = block
        .subarray(firstEnd + 1)
        .toString('utf8')
        .split('\n');
      for (const line of lines.toReversed()) if (line.length > 0) yield line;
    }
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}
