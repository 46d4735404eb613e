import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
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
  let descriptor = openSync(file, 'a', 0o600);
  let { size } = fstatSync(descriptor);
  const lines: string[] = [];
  let isOpen = true;

  return {
    write(line) {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      // What a part says after its end comes too late.
      if (!isOpen) return;
      size += append(descriptor, `${new Date().toISOString()} ${line}\n`);
      if (size < maxBytes) return;
      closeSync(descriptor);
      renameSync(file, `${file}.1`);
      descriptor = openSync(file, 'a', 0o600);
      size = 0;
    },
    tail: () => [...lines],
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

/** Writes at once, so that a crash leaves the last words. */
function append(descriptor: number, text: string): number {
  try {
    return writeSync(descriptor, text);
  } catch (error) {
    // A log that finds no room must not end what it is about; the part itself will complain.
    if (systemCode(error) === 'ENOSPC') return 0;
    throw error;
  }
}
