import type { LogLine } from '../contract/process.ts';
import { countLines, cutPieces } from '../core/lines.ts';
import type { IndexEntry } from '../core/log-index.ts';
import { LogSeries, type LogLimits } from './log-series.ts';
import { LostLines } from './lost-lines.ts';
import { readNewestLines, type LogExtent, type LogQuery } from './read-log.ts';

/** What waits to be written while a write is under way; as much again is in that write. */
const BLOCK_BYTES = 262_144;
/** Where a line or two is all there is, a small block does. */
const SMALL_BLOCK_BYTES = 2048;
/** Room that one chunk of a pipe and the unfinished line before it need at most. */
const CHUNK_ROOM = 65_536 + 16_384;
/** Bounds what a block costs beside its bytes when they come one by one. */
const BLOCK_ENTRIES = 4096;
/** Nobody waits to append notes and the last words of processes: on a disk that hangs for hours this bounds them. */
const MOST_WAITING_BYTES = 4_194_304;
/** Free blocks that all logs together keep for the next one that needs one. */
const SPARE_BLOCKS = 4;
/** Largest entry of the index: what a reader of one line has to read. */
const ENTRY_LIMIT = 65_536;
/** A note of pidnap's own waits this long for output to be written with, so that starting many processes makes no files. */
const NOTE_MS = 1000;

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
  block: Buffer;
  size: number;
  readonly entries: IndexEntry[];
  /** Lines that came after these and for which there was no room. */
  lostAfter: number;
  /** Called in the turn in which the files hold everything up to this batch and nothing after it. */
  readonly done: (() => void)[];
}

const spareBlocks: Buffer[] = [];

/**
 * The log of one process. While a write is under way, what arrives is gathered for the next: few large writes under a
 * flood, none that waits when it is quiet. A full or broken disk loses lines; one that hangs makes the process wait.
 */
export class LogStore {
  readonly #dir: string;
  readonly #series: LogSeries;
  readonly #onRoom: () => void;
  readonly #lost: LostLines;
  readonly #waiting: Batch[] = [];
  #writing = false;
  #noteTimer: NodeJS.Timeout | undefined;

  /** `onRoom` is called when `full` may have become false. */
  constructor(dir: string, limits: LogLimits, onRoom: () => void = () => {}) {
    this.#dir = dir;
    this.#series = new LogSeries(dir, limits);
    this.#lost = new LostLines(dir);
    this.#onRoom = onRoom;
  }

  setLimits(limits: LogLimits): void {
    this.#series.limits = limits;
  }

  /** No more should be appended until `onRoom`: the disk is slower than the process. */
  get full(): boolean {
    const last = this.#waiting.at(-1);
    if (last === undefined) return false;
    if (this.#waiting.length > 1 || last.entries.length > BLOCK_ENTRIES) return true;
    return BLOCK_BYTES - last.size < CHUNK_ROOM;
  }

  /** Memory of what no write has taken up yet. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { block }) => sum + block.length, 0);
  }

  /**
   * Takes a copy of the bytes, which are whole lines or end in a part of one, and writes them in the background: at once,
   * or within a second where they are a note of pidnap's own.
   */
  append({ at, stream, partial }: Arrival, ...bytes: readonly Buffer[]): void {
    const size = bytes.reduce((sum, { length }) => sum + length, 0);
    if (size === 0) return;
    const last = this.#waiting.at(-1);
    if (last && this.waitingBytes > MOST_WAITING_BYTES) {
      last.lostAfter += bytes.reduce((sum, part) => sum + countLines(part), 0);
      this.#lost.complain(new Error('the disk does not answer'));
      return;
    }
    const batch = this.#batchWithRoom(size);
    const { block, entries, size: start } = batch;
    for (const part of bytes) batch.size += part.copy(block, batch.size);
    const limit = Math.min(ENTRY_LIMIT, Math.floor(this.#series.limits.maxBytes / 4));
    const before = entries.at(-1);
    const fits = batch.size - (entries.at(-2)?.end ?? 0) <= limit;
    if (before && fits && before.at === at && before.stream === stream) {
      entries[entries.length - 1] = { at, stream, partial, end: batch.size };
    } else {
      for (const piece of cutPieces(block.subarray(start, batch.size), { limit, partial }))
        entries.push({ at, stream, partial: piece.partial, end: start + piece.end });
    }
    if (stream === 'pidnap') this.#noteTimer ??= setTimeout(() => this.#writeNext(), NOTE_MS).unref();
    else this.#writeNext();
  }

  /** Resolves when everything appended before is in the files (or lost, and said so). Never rejects. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.#afterWrites(resolve));
  }

  /** The newest lines of what was appended before the call, oldest first. */
  async read(query: LogQuery): Promise<{ lines: LogLine[]; more: boolean }> {
    const extent = await new Promise<LogExtent | null>((resolve) =>
      this.#afterWrites(() => resolve(this.#series.extent())),
    );
    return readNewestLines(this.#dir, extent, query);
  }

  /** Writes what is left and closes the files. The next append opens them again. */
  async close(): Promise<void> {
    await this.flushed();
    await this.#series.close();
  }

  /** Deletes the files of a closed log. */
  delete(): Promise<void> {
    return this.#series.delete();
  }

  #afterWrites(done: () => void): void {
    const last = this.#waiting.at(-1);
    if (last) last.done.push(done);
    else if (!this.#writing && this.#series.extent()) done();
    else this.#waiting.push({ block: Buffer.alloc(0), size: 0, entries: [], lostAfter: 0, done: [done] });
    this.#writeNext();
  }

  #batchWithRoom(size: number): Batch {
    const last = this.#waiting.at(-1);
    // Who waits for a batch wants to see it, and nothing that came later.
    if (last && last.done.length === 0 && last.lostAfter === 0) {
      if (last.size + size <= last.block.length) return last;
      if (last.size + size <= BLOCK_BYTES) {
        const block = takeBlock(BLOCK_BYTES);
        last.block.copy(block, 0, 0, last.size);
        last.block = block;
        return last;
      }
    }
    const batch: Batch = { block: takeBlock(size), size: 0, entries: [], lostAfter: 0, done: [] };
    this.#waiting.push(batch);
    return batch;
  }

  #writeNext(): void {
    clearTimeout(this.#noteTimer);
    this.#noteTimer = undefined;
    if (this.#writing) return;
    const batch = this.#waiting.shift();
    if (!batch) return;
    this.#writing = true;
    void this.#write(batch).then(() => {
      this.#writing = false;
      this.#lost.add(batch.lostAfter);
      giveBack(batch.block);
      for (const done of batch.done) done();
      this.#writeNext();
      this.#onRoom();
    });
  }

  /** Never rejects: what cannot be written is lost, counted, and said. */
  async #write(batch: Batch): Promise<void> {
    if (batch.size === 0) return this.#openForReading();
    const lost = this.#lost.count;
    const { block, entries, before } = lost > 0 ? withLoss(batch, lost) : { ...batch, before: 0 };
    let written = 0;
    try {
      await this.#series.append(block, entries, (end) => {
        if (written === 0) this.#lost.told(lost);
        written = end;
      });
    } catch (error) {
      this.#lost.add(countLines(batch.block.subarray(Math.max(0, written - before), batch.size)));
      this.#lost.complain(error);
    }
  }

  #openForReading(): void {
    try {
      this.#series.openExisting();
    } catch {
      // What cannot be opened for writing can often be read: without an extent, to the end of the files.
    }
  }
}

function takeBlock(size: number): Buffer {
  if (size <= SMALL_BLOCK_BYTES / 2) return Buffer.allocUnsafeSlow(SMALL_BLOCK_BYTES);
  return (size <= BLOCK_BYTES && spareBlocks.pop()) || Buffer.allocUnsafeSlow(Math.max(size, BLOCK_BYTES));
}

function giveBack(block: Buffer): void {
  if (block.length === BLOCK_BYTES && spareBlocks.length < SPARE_BLOCKS) spareBlocks.push(block);
}

/**
 * The batch with a line in front that tells of what is missing there. In one piece, because on a full disk there is
 * often room for that line alone.
 */
function withLoss(
  { block, size, entries }: Batch,
  lost: number,
): Pick<Batch, 'block' | 'entries'> & { before: number } {
  const note = Buffer.from(`${lost} lines are missing here: they could not be written\n`);
  const before = note.length;
  const first: IndexEntry = { at: entries[0]?.at ?? 0, stream: 'pidnap', partial: false, end: before };
  return {
    block: Buffer.concat([note, block.subarray(0, size)]),
    entries: [first, ...entries.map((entry) => ({ ...entry, end: entry.end + before }))],
    before,
  };
}
