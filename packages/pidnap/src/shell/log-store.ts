import { mkdir, rm } from 'node:fs/promises';
import type { LogLine } from '../contract/process.ts';
import { countLines, cutPieces } from '../core/lines.ts';
import { ENTRY_BYTES, type IndexEntry } from '../core/log-index.ts';
import { LogFile, listLogNumbers, logPaths } from './log-file.ts';
import { readNewestLines, type LogExtent, type LogQuery } from './read-log.ts';

/** What waits to be written while a write is under way; as much again is in that write. */
const BLOCK_BYTES = 262_144;
/** Room that one chunk of a pipe and the unfinished line before it need at most. */
const CHUNK_ROOM = 65_536 + 16_384;
/** Free blocks that all logs together keep for the next one that needs one. */
const SPARE_BLOCKS = 4;
const ENTRY_LIMIT = 65_536;

export interface LogLimits {
  /** Of one pair of data and index file together. A single line that is longer is still kept whole. */
  readonly maxBytes: number;
  /** How many pairs there are at most. */
  readonly files: number;
}

/** Complete lines of one stream, as they arrive. */
export interface Arrival {
  /** Wall clock in milliseconds since 1970. */
  readonly at: number;
  readonly stream: LogLine['stream'];
  /** The last line goes on in the next arrival of the stream. */
  readonly partial: boolean;
}

/** What one write brings into the files; the ends of entries count from the beginning of the block. */
interface Batch {
  readonly block: Buffer;
  length: number;
  readonly entries: IndexEntry[];
  /** Called in the turn in which the files hold everything up to this batch and nothing after it. */
  readonly done: (() => void)[];
}

const spareBlocks: Buffer[] = [];

/**
 * The log of one process on disk. Pairs of files are numbered upwards; the one with the highest number is written. While
 * a write is under way, what arrives is gathered for the next: few large writes under a flood, none that waits when it
 * is quiet. A full or broken disk loses lines, never blocks the process.
 */
export class LogStore {
  readonly #dir: string;
  readonly #onRoom: () => void;
  #limits: LogLimits;
  #file: LogFile | null = null;
  /** Of the pair that is written, or was written last. */
  #number = 0;
  readonly #waiting: Batch[] = [];
  #writing = false;
  #lost = 0;

  /** `onRoom` is called when `full` may have become false. */
  constructor(dir: string, limits: LogLimits, onRoom: () => void = () => {}) {
    this.#dir = dir;
    this.#limits = limits;
    this.#onRoom = onRoom;
  }

  setLimits(limits: LogLimits): void {
    this.#limits = limits;
  }

  /** No more should be appended until `onRoom`: the disk is slower than the process. */
  get full(): boolean {
    const last = this.#waiting.at(-1);
    if (last === undefined) return false;
    return this.#waiting.length > 1 || last.block.length - last.length < CHUNK_ROOM;
  }

  /** Takes a copy of the bytes, which are whole lines or end in a part of one, and writes them in the background. */
  append({ at, stream, partial }: Arrival, ...bytes: readonly Buffer[]): void {
    const size = bytes.reduce((sum, { length }) => sum + length, 0);
    if (size === 0) return;
    const batch = this.#batchWithRoom(size);
    const start = batch.length;
    for (const part of bytes) batch.length += part.copy(batch.block, batch.length);
    const limit = Math.min(ENTRY_LIMIT, Math.floor(this.#limits.maxBytes / 4));
    const last = batch.entries.at(-1);
    const before = batch.entries.at(-2)?.end ?? 0;
    if (last && last.at === at && last.stream === stream && !last.partial && batch.length - before <= limit) {
      batch.entries[batch.entries.length - 1] = { at, stream, partial, end: batch.length };
    } else {
      for (const piece of cutPieces(batch.block.subarray(start, batch.length), { limit, partial }))
        batch.entries.push({ at, stream, partial: piece.partial, end: start + piece.end });
    }
    this.#writeNext();
  }

  /** Resolves when everything appended before is in the files (or lost, and said so). Never rejects. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.#afterWrites(resolve));
  }

  /** The newest lines of what was appended before the call, oldest first. */
  async read(query: LogQuery): Promise<{ lines: LogLine[]; more: boolean }> {
    const extent = await new Promise<LogExtent | null>((resolve) =>
      this.#afterWrites(() => resolve(this.#extent())),
    );
    return readNewestLines(this.#dir, extent, query);
  }

  /** Writes what is left and closes the files. The next append opens them again. */
  async close(): Promise<void> {
    await this.flushed();
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  /** Deletes the files of a closed log. */
  async delete(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
  }

  #extent(): LogExtent | null {
    if (!this.#file) return null;
    return { number: this.#number, dataSize: this.#file.dataSize, indexSize: this.#file.indexSize };
  }

  #afterWrites(done: () => void): void {
    const last = this.#waiting.at(-1);
    if (last) last.done.push(done);
    else if (!this.#writing && this.#file) return done();
    else this.#waiting.push({ block: Buffer.alloc(0), length: 0, entries: [], done: [done] });
    this.#writeNext();
  }

  #batchWithRoom(size: number): Batch {
    const last = this.#waiting.at(-1);
    // Who waits for a batch wants to see it, and nothing that came later.
    if (last && last.done.length === 0 && last.block.length - last.length >= size) return last;
    const spare = size <= BLOCK_BYTES ? spareBlocks.pop() : undefined;
    const block = spare ?? Buffer.allocUnsafeSlow(Math.max(size, BLOCK_BYTES));
    const batch: Batch = { block, length: 0, entries: [], done: [] };
    this.#waiting.push(batch);
    return batch;
  }

  #writeNext(): void {
    if (this.#writing) return;
    const batch = this.#waiting.shift();
    if (!batch) return;
    this.#writing = true;
    void this.#write(batch).then(() => {
      this.#writing = false;
      if (batch.block.length === BLOCK_BYTES && spareBlocks.length < SPARE_BLOCKS)
        spareBlocks.push(batch.block);
      for (const done of batch.done) done();
      this.#writeNext();
      this.#onRoom();
    });
  }

  /** Never rejects: what cannot be written is lost, counted, and said once. */
  async #write({ block, entries }: Batch): Promise<void> {
    let next = 0;
    let start = 0;
    try {
      if (entries.length === 0) await this.#openExisting();
      while (next < entries.length) {
        const file = await this.#fileWithRoom((entries[next]?.end ?? 0) - start);
        if (this.#lost > 0) await this.#tellLoss(file);
        const count = this.#fitting(file, entries, { next, start });
        const end = entries[next + count - 1]?.end ?? start;
        const group = entries
          .slice(next, next + count)
          .map((entry) => ({ ...entry, end: entry.end - start }));
        await file.append(block.subarray(start, end), group);
        next += count;
        start = end;
      }
    } catch (error) {
      if (entries.length === 0) return;
      if (this.#lost === 0) console.error(`pidnap: cannot write the log ${this.#dir}: ${String(error)}`);
      this.#lost += countLines(block.subarray(start, entries.at(-1)?.end));
      if (this.#file?.broken) await this.#abandon();
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
      if (file.size + end - start + (count + 1) * ENTRY_BYTES > this.#limits.maxBytes) break;
    }
    return count;
  }

  async #fileWithRoom(size: number): Promise<LogFile> {
    await this.#openExisting();
    this.#file ??= await this.#openNumber(this.#number);
    const { size: taken } = this.#file;
    if (taken === 0 || taken + size + ENTRY_BYTES <= this.#limits.maxBytes) return this.#file;
    await this.#abandon();
    this.#file = await this.#openNumber(this.#number + 1);
    return this.#file;
  }

  async #openExisting(): Promise<void> {
    if (this.#file) return;
    const numbers = await listLogNumbers(this.#dir);
    this.#number = Math.max(this.#number, numbers[0] ?? 0);
    if (numbers.length > 0) this.#file = await this.#openNumber(this.#number);
  }

  /** Opens the pair with this number and deletes those that are too many with it; that comes first, for a full disk. */
  async #openNumber(number: number): Promise<LogFile> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    for (const old of await listLogNumbers(this.#dir)) {
      if (old > number - this.#limits.files) continue;
      const { data, index } = logPaths(this.#dir, old);
      await Promise.all([rm(data, { force: true }), rm(index, { force: true })]);
    }
    const file = await LogFile.open(this.#dir, number);
    this.#number = number;
    return file;
  }

  async #tellLoss(file: LogFile): Promise<void> {
    const text = `${this.#lost} lines are missing here: they could not be written`;
    const bytes = Buffer.from(`${text}\n`);
    await file.append(bytes, [{ at: Date.now(), stream: 'pidnap', partial: false, end: bytes.length }]);
    console.error(`pidnap: log ${this.#dir} works again; ${this.#lost} lines were lost`);
    this.#lost = 0;
  }

  async #abandon(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}
