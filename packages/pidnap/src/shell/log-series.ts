import { mkdir, rm } from 'node:fs/promises';
import { ENTRY_BYTES, type IndexEntry } from '../core/log-index.ts';
import { LogFile, listLogNumbers, logPaths } from './log-file.ts';
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
  /** Of the pair that is written, or was written last. */
  #number = 0;

  constructor(dir: string, limits: LogLimits) {
    this.#dir = dir;
    this.limits = limits;
  }

  /** How far the files go; null: none is open. */
  extent(): LogExtent | null {
    if (!this.#file) return null;
    return { number: this.#number, dataSize: this.#file.dataSize, indexSize: this.#file.indexSize };
  }

  /** Appends a block, whose entries' ends count from its beginning, and tells after each part what is on file. */
  async append(block: Buffer, entries: readonly IndexEntry[], onPart: (end: number) => void): Promise<void> {
    let start = 0;
    for (let next = 0; next < entries.length;) {
      const file = await this.#fileWithRoom((entries[next]?.end ?? 0) - start);
      const count = this.#fitting(file, entries, { next, start });
      const group = entries.slice(next, next + count).map((entry) => ({ ...entry, end: entry.end - start }));
      const end = start + (group.at(-1)?.end ?? 0);
      await this.#appendTo(file, block.subarray(start, end), group);
      onPart(end);
      next += count;
      start = end;
    }
  }

  /** Opens and heals the newest pair, if there is one. */
  async openExisting(): Promise<void> {
    if (this.#file) return;
    const [newest] = await listLogNumbers(this.#dir);
    if (newest === undefined) return;
    this.#number = Math.max(this.#number, newest);
    this.#file = await this.#openNumber(this.#number);
  }

  /** Closes the files; the next append opens them again. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async delete(): Promise<void> {
    await this.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #appendTo(file: LogFile, bytes: Buffer, entries: readonly IndexEntry[]): Promise<void> {
    try {
      await file.append(bytes, entries);
    } catch (error) {
      if (file.broken) await this.close();
      throw error;
    }
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
    await this.openExisting();
    this.#file ??= await this.#openNumber(this.#number);
    const { size: taken } = this.#file;
    if (taken === 0 || taken + size + ENTRY_BYTES <= this.limits.maxBytes) return this.#file;
    await this.close();
    this.#file = await this.#openNumber(this.#number + 1);
    return this.#file;
  }

  /** Opens the pair with this number and deletes those that are too many with it; that comes first, for a full disk. */
  async #openNumber(number: number): Promise<LogFile> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    for (const old of await listLogNumbers(this.#dir)) {
      if (old > number - this.limits.files) continue;
      const { data, index } = logPaths(this.#dir, old);
      await Promise.all([rm(data, { force: true }), rm(index, { force: true })]);
    }
    const file = await LogFile.open(this.#dir, number);
    this.#number = number;
    return file;
  }
}
