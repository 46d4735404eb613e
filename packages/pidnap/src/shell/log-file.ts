import { close, fstat, ftruncate, open, read, write } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ENTRY_BYTES, encodeEntries, healIndex, type IndexEntry } from '../core/log-index.ts';

// Callback functions: on the hot path a FileHandle costs about as much as the write itself.
const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat);
const truncateFile = promisify(ftruncate);
const readFile = promisify(read);

/** A torn end is looked for in this much of the index first: it is there unless somebody cut the data file. */
const HEALED_BYTES = 4096 * ENTRY_BYTES;

/** One pair of files of a log, `N.log` and `N.index`, opened for appending. */
export class LogFile {
  readonly #data: number;
  readonly #index: number;
  #dataSize = 0;
  #indexSize = 0;
  #broken = false;

  private constructor(data: number, index: number) {
    this.#data = data;
    this.#index = index;
  }

  /** Opens or makes the pair and heals what a crash in the middle of a write left. */
  static async open(dir: string, number: number): Promise<LogFile> {
    const { data, index } = logPaths(dir, number);
    const dataFd = await openFile(data, 'a+', 0o600);
    let file: LogFile;
    try {
      file = new LogFile(dataFd, await openFile(index, 'a+', 0o600));
    } catch (error) {
      await closeFile(dataFd);
      throw error;
    }
    try {
      await file.#heal();
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get dataSize(): number {
    return this.#dataSize;
  }

  get indexSize(): number {
    return this.#indexSize;
  }

  /** What both files take on disk. */
  get size(): number {
    return this.#dataSize + this.#indexSize;
  }

  /** The files could not be brought back to what `dataSize` and `indexSize` say; opening them again heals them. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Appends bytes and what the index says of them; ends count from the first of them. All of it or, on failure, nothing. */
  async append(bytes: Buffer, entries: readonly IndexEntry[]): Promise<void> {
    const start = this.#dataSize;
    const index = encodeEntries(entries.map((entry) => ({ ...entry, end: start + entry.end })));
    try {
      await writeAll(this.#data, bytes);
      await writeAll(this.#index, index);
    } catch (error) {
      await this.#rollBack();
      throw error;
    }
    this.#dataSize += bytes.length;
    this.#indexSize += index.length;
  }

  async close(): Promise<void> {
    // A failed close is not news: the writes it belongs to have succeeded or failed before.
    await Promise.allSettled([closeFile(this.#data), closeFile(this.#index)]);
  }

  async #heal(): Promise<void> {
    const { size: dataSize, mtimeMs } = await statFile(this.#data);
    const { size: indexSize } = await statFile(this.#index);
    const at = Math.round(mtimeMs);
    let from = Math.max(0, indexSize - HEALED_BYTES - (indexSize % ENTRY_BYTES));
    let healed = healIndex({ index: await this.#readIndex(from, indexSize), dataSize, at });
    if (healed.keep === 0 && from > 0) {
      from = 0;
      healed = healIndex({ index: await this.#readIndex(0, indexSize), dataSize, at });
    }
    const kept = from + healed.keep;
    if (kept < indexSize) await truncateFile(this.#index, kept);
    const added = encodeEntries(healed.add);
    if (added.length > 0) await writeAll(this.#index, added);
    this.#dataSize = dataSize;
    this.#indexSize = kept + added.length;
  }

  async #readIndex(from: number, to: number): Promise<Buffer> {
    const index = Buffer.alloc(to - from);
    if (index.length === 0) return index;
    const { bytesRead } = await readFile(this.#index, index, 0, index.length, from);
    return index.subarray(0, bytesRead);
  }

  async #rollBack(): Promise<void> {
    try {
      await truncateFile(this.#data, this.#dataSize);
      await truncateFile(this.#index, this.#indexSize);
    } catch {
      // The failed write is what the caller is told of; it has the same cause.
      this.#broken = true;
    }
  }
}

/** Where the pair with this number is. */
export function logPaths(dir: string, number: number): { data: string; index: string } {
  return { data: join(dir, `${number}.log`), index: join(dir, `${number}.index`) };
}

/** Numbers of the pairs in a directory, newest first; none when there is no such directory. */
export async function listLogNumbers(dir: string): Promise<number[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const numbers = names.flatMap((name) => /^(\d{1,15})\.(?:log|index)$/.exec(name)?.[1] ?? []);
  return [...new Set(numbers.map(Number))].toSorted((a, b) => b - a);
}

function writeAll(fd: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const from = (offset: number): void => {
      write(fd, bytes, offset, bytes.length - offset, null, (error, written) => {
        if (error) reject(error);
        else if (offset + written < bytes.length) from(offset + written);
        else resolve();
      });
    };
    from(0);
  });
}
