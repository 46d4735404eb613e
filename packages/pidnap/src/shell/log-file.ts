import {
  close,
  closeSync,
  fstatSync,
  ftruncate,
  ftruncateSync,
  open,
  openSync,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ENTRY_BYTES, encodeEntries, healIndex, type IndexEntry } from '../core/log-index.ts';

// Callback functions: on the hot path a FileHandle costs about as much as the write itself.
const openFile = promisify(open);
const closeFile = promisify(close);
const truncateFile = promisify(ftruncate);

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

  /**
   * Opens the pair and heals what a crash in the middle of a write left. Waits for the disk: it happens once, when the
   * process starts, and costs a fraction of what it would in the background.
   */
  static open(dir: string, number: number): LogFile {
    const { data, index } = logPaths(dir, number);
    const dataFd = openSync(data, 'a+', 0o600);
    let indexFd: number | undefined;
    try {
      indexFd = openSync(index, 'a+', 0o600);
      const file = new LogFile(dataFd, indexFd);
      file.#heal();
      return file;
    } catch (error) {
      closeSync(dataFd);
      if (indexFd !== undefined) closeSync(indexFd);
      throw error;
    }
  }

  /** Makes a new pair, in the background: there may be a flood under way, and a disk is slow to make files. */
  static async create(dir: string, number: number): Promise<LogFile> {
    const { data, index } = logPaths(dir, number);
    const dataFd = await openFile(data, 'a', 0o600);
    try {
      return new LogFile(dataFd, await openFile(index, 'a', 0o600));
    } catch (error) {
      await closeFile(dataFd);
      throw error;
    }
  }

  get indexSize(): number {
    return this.#indexSize;
  }

  /** What both files take on disk. */
  get size(): number {
    return this.#dataSize + this.#indexSize;
  }

  /** The files could not be brought back to what was appended with success: nothing more may be appended. */
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

  #heal(): void {
    const { size: dataSize, mtimeMs } = fstatSync(this.#data);
    const { size: indexSize } = fstatSync(this.#index);
    if (dataSize === 0 && indexSize === 0) return;
    const at = Math.round(mtimeMs);
    let from = Math.max(0, indexSize - HEALED_BYTES - (indexSize % ENTRY_BYTES));
    let healed = healIndex({ index: this.#readIndex(from, indexSize), dataSize, at });
    if (healed.keep === 0 && from > 0) {
      from = 0;
      healed = healIndex({ index: this.#readIndex(0, indexSize), dataSize, at });
    }
    const kept = from + healed.keep;
    if (kept < indexSize) ftruncateSync(this.#index, kept);
    const added = encodeEntries(healed.add);
    for (let offset = 0; offset < added.length;) offset += writeSync(this.#index, added, offset);
    this.#dataSize = dataSize;
    this.#indexSize = kept + added.length;
  }

  #readIndex(from: number, to: number): Buffer {
    const index = Buffer.alloc(to - from);
    return index.subarray(0, readSync(this.#index, index, 0, index.length, from));
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

/** Numbers of the pairs that files with these names belong to, newest first. */
export function logNumbers(names: readonly string[]): number[] {
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
