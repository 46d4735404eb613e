import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import path from 'node:path';
import { systemCode } from '../failure.ts';

/** A log and the one before it take at most twice this. */
const MAX_BYTES = 5 * 1024 * 1024;
const KEPT_LINES = 40;

/** Output of a part, on disk and, the last lines, in memory. */
export type BoundedLog = {
  write(line: string): void;
  /** The last lines, oldest first: what to show when the part fails. */
  tail(): string[];
  close(): void;
};

/** Opens a log for appending. At its limit it becomes `<file>.1`, over the one before. */
export function openBoundedLog(file: string, maxBytes = MAX_BYTES): BoundedLog {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  let size = sizeOf(file);
  let stream = openStream(file);
  const lines: string[] = [];

  return {
    write(line) {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      const text = `${new Date().toISOString()} ${line}\n`;
      size += Buffer.byteLength(text);
      stream.write(text);
      if (size < maxBytes) return;
      stream.end();
      renameSync(file, `${file}.1`);
      stream = openStream(file);
      size = 0;
    },
    tail: () => [...lines],
    close: () => void stream.end(),
  };
}

function openStream(file: string): WriteStream {
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  // A log that cannot be written (full disk) must not end what it is about.
  stream.on('error', () => undefined);
  return stream;
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
