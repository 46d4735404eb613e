import { closeSync, openSync, readSync } from 'node:fs';

/** Files of the kernel are made anew at each read; none that is read here comes near this size. */
const BUFFER_BYTES = 64 * 1024;
/** Collectors read one file after another and keep only what they parsed: one buffer is enough. */
const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** A small file that is read again and again through one descriptor. */
export type KeptFile = {
  path: string;
  /** The content from its beginning, at most 64 KB, as single bytes; `null` when it cannot be read. */
  read(): string | null;
  close(): void;
};

/** Opens a file for many reads; `null` when it is not there: another kernel, another system. */
export function keepFile(path: string): KeptFile | null {
  let descriptor = tryOpen(path);
  if (descriptor === null) return null;
  const close = () => {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  };
  return {
    path,
    read() {
      descriptor ??= tryOpen(path);
      if (descriptor === null) return null;
      const first = tryRead(descriptor);
      if (first !== null) return first;
      // What was opened is gone. Under the same name there may be another one.
      close();
      descriptor = tryOpen(path);
      return descriptor === null ? null : tryRead(descriptor);
    },
    close,
  };
}

function tryOpen(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    return null; // absence is the answer
  }
}

function tryRead(descriptor: number): string | null {
  try {
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, BUFFER_BYTES, 0));
  } catch {
    return null; // told as such; the caller opens the file again
  }
}
