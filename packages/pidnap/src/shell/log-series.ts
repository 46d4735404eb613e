import { readdirSync, promises } from 'node:fs';
import { ENTRY_BYTES, type IndexEntry } from '../core/log-index.ts';
import { LogFile, logNumbers, logPaths } from './log-file.ts';
import { isErrno } from './process-table.ts';
import type { LogExtent } from './read-log.ts';

export interface LogLimits {
  /** Of one pair of data and index file together. A single line that is longer is still kept whole. */
  readonly maxBytes: number;
  /** How many pairs there are at most. */
  readonly files: number;
}

/**
 * The files of one log: pairs numbered upwards, of which the highest is written. Old pairs keep their names and are
 * deleted when there are too many, so nobody who reads one has it change underneath. Calls must not overlap.
 */
export class LogSeries {
  limits: LogLimits;
  readonly #dir: string;
  #file: LogFile | null = null;
  /** Of the pairs that exist, oldest first; null: not looked yet. */
  #numbers: number[] | null = null;

  constructor(dir: string, limits: LogLimits) {
    this.#dir = dir;
    this.limits = limits;
  }

  /** How far the files go; null: none is open. */
  extent(): LogExtent | null {
    const number = this.#numbers?.at(-1);
    if (!this.#file || number === undefined) return null;
    return { number, indexSize: this.#file.indexSize };
  }

  /** Appends a block, whose entries' ends count from its beginning, and tells after each part what is on file. */
  async append(block: Buffer, entries: readonly IndexEntry[], onPart: (end: number) => void): Promise<void> {
    let start = 0;
    for (let next = 0; next < entries.length;) {
      const file = await this.#fileWithRoom((entries[next]?.end ?? 0) - start);
      const count = this.#fitting(file, entries, { next, start });
      const group = entries.slice(next, next + count).map((entry) => ({ ...entry, end: entry.end - start }));
      const end = start + (group.at(-1)?.end ?? 0);
      await file.append(block.subarray(start, end), group);
      onPart(end);
      next += count;
      start = end;
    }
  }

  /** Opens and heals the newest pair, if there is one. */
  openExisting(): void {
    this.#numbers ??= listNumbers(this.#dir);
    const newest = this.#numbers.at(-1);
    if (newest !== undefined) this.#file ??= LogFile.open(this.#dir, newest);
  }

  /** Closes the files; the next append opens them again. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#numbers = null;
    await file?.close();
  }

  async delete(): Promise<void> {
    await this.close();
    await promises.rm(this.#dir, { recursive: true, force: true });
  }

  /** How many entries from `next` on fit into the file: at least one, so that a file holds any line. */
  #fitting(
    file: LogFile,
    entries: readonly IndexEntry[],
    { next, start }: { next: number; start: number },
  ): number {
    let count = 1;
    for (; next + count < entries.length; count++) {
      const end = entries[next + count]?.end ?? 0;
      if (file.size + end - start + (count + 1) * ENTRY_BYTES > this.limits.maxBytes) break;
    }
    return count;
  }

  async #fileWithRoom(size: number): Promise<LogFile> {
    if (!this.#file) this.openExisting();
    const taken = this.#file?.size ?? 0;
    const hasRoom = taken === 0 || taken + size + ENTRY_BYTES <= this.limits.maxBytes;
    if (this.#file && hasRoom && !this.#file.broken) return this.#file;
    return this.#turnOver((this.#numbers ??= []));
  }

  /** Begins a new pair. Those that are too many with it are deleted first, which helps on a full disk. */
  async #turnOver(numbers: number[]): Promise<LogFile> {
    const number = (numbers.at(-1) ?? -1) + 1;
    while (numbers.length > 1 && numbers.length >= this.limits.files) {
      const { data, index } = logPaths(this.#dir, numbers[0] ?? 0);
      await Promise.all([promises.rm(data, { force: true }), promises.rm(index, { force: true })]);
      numbers.shift();
    }
    await promises.mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const file = await LogFile.create(this.#dir, number);
    const before = this.#file;
    this.#file = file;
    numbers.push(number);
    await before?.close();
    return file;
  }
}

function listNumbers(dir: string): number[] {
  try {
    return logNumbers(readdirSync(dir)).toReversed();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
