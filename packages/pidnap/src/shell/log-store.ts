import { mkdirSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '../contract/process.ts';
import { formatLogLine } from '../core/log-format.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { readNewestLines } from './read-log.ts';

/** A follower that is this many lines behind loses the oldest ones. */
const FOLLOWER_LINES = 2000;

/**
 * The log of one process on disk: `0.log` is written, `1.log` is the one before, and so on. Appends are in order and
 * awaited by the writer, so memory holds at most what one read from a pipe brought.
 */
export class LogStore {
  readonly #dir: string;
  #limits: { maxBytes: number; files: number };
  #file: FileHandle | null = null;
  #size = 0;
  #last: Promise<void> = Promise.resolve();
  #lost = 0;
  readonly #followers = new Set<BoundedQueue<LogLine>>();

  constructor(dir: string, limits: { maxBytes: number; files: number }) {
    mkdirSync(dir, { recursive: true });
    this.#dir = dir;
    this.#limits = limits;
  }

  setLimits(limits: { maxBytes: number; files: number }): void {
    this.#limits = limits;
  }

  /** Resolves when the lines are in the file. A full or broken disk loses lines, never blocks the process. */
  append(lines: readonly LogLine[]): Promise<void> {
    if (lines.length === 0) return this.#last;
    for (const follower of this.#followers) for (const line of lines) follower.push(line);
    this.#last = this.#last.then(() => this.#write(lines));
    return this.#last;
  }

  /** The newest lines, oldest first. */
  read(query: { tail: number; since?: number | undefined }): Promise<{ lines: LogLine[]; more: boolean }> {
    // In line with the writes: a rotation in the middle of a read would show the same file twice.
    const answer = this.#last.then(() => readNewestLines(this.#paths(), query));
    this.#last = answer.then(
      () => {},
      () => {},
    );
    return answer;
  }

  /** Every line appended from now on, until the signal aborts or the log is closed. */
  follow(signal: AbortSignal | undefined): AsyncGenerator<LogLine, void, undefined> {
    const queue = new BoundedQueue<LogLine>(FOLLOWER_LINES, (lost) => ({
      at: Date.now(),
      stream: 'pidnap',
      text: `${lost} lines are missing here: this reader was too slow`,
      partial: false,
    }));
    this.#followers.add(queue);
    return queue.drain(signal, () => this.#followers.delete(queue));
  }

  async close(): Promise<void> {
    for (const follower of this.#followers) follower.close();
    await this.#last;
    await this.#file?.close();
    this.#file = null;
  }

  /** Deletes the files of a closed log. */
  async delete(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #write(lines: readonly LogLine[]): Promise<void> {
    try {
      for (const text of batches(lines.map(formatLogLine), this.#limits.maxBytes))
        await this.#writeText(text);
      if (this.#lost > 0)
        console.error(`pidnap: log ${this.#dir} works again; ${this.#lost} lines were lost`);
      this.#lost = 0;
    } catch (error) {
      if (this.#lost === 0) console.error(`pidnap: cannot write the log ${this.#dir}: ${String(error)}`);
      this.#lost += lines.length;
    }
  }

  async #writeText(text: string): Promise<void> {
    this.#file ??= await this.#openCurrent();
    if (this.#size > 0 && this.#size + Buffer.byteLength(text) > this.#limits.maxBytes) await this.#rotate();
    const { bytesWritten } = await this.#file.write(text);
    this.#size += bytesWritten;
  }

  async #openCurrent(): Promise<FileHandle> {
    const file = await open(this.#path(0), 'a', 0o600);
    this.#size = (await file.stat()).size;
    return file;
  }

  async #rotate(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
    for (let index = this.#limits.files - 1; index > 0; index--) {
      // A missing file is the normal case until the log has filled all of them once.
      await rename(this.#path(index - 1), this.#path(index)).catch(ignoreMissing);
    }
    // After the limit was lowered, files beyond it would stay for ever.
    await rm(this.#path(this.#limits.files), { force: true });
    this.#file = await this.#openCurrent();
  }

  #path(index: number): string {
    return join(this.#dir, `${index}.log`);
  }

  #paths(): string[] {
    return Array.from({ length: this.#limits.files }, (_, index) => this.#path(index));
  }
}

/** Entries joined into texts of at most `maxBytes` each, as few as possible; a longer entry is a text of its own. */
function batches(entries: readonly string[], maxBytes: number): string[] {
  const texts: string[] = [];
  let text = '';
  let size = 0;
  for (const entry of entries) {
    const length = Buffer.byteLength(entry);
    if (size > 0 && size + length > maxBytes) {
      texts.push(text);
      text = '';
      size = 0;
    }
    text += entry;
    size += length;
  }
  return [...texts, text];
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
