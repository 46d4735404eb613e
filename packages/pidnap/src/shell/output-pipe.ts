import { execFile } from 'node:child_process';
import { closeSync, constants, lstatSync, mkdirSync, openSync, readSync, rmSync, promises } from 'node:fs';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { isErrno } from './process-table.ts';

const run = promisify(execFile);

/** The capacity of a pipe on Linux: no read brings more. */
const CHUNK_BYTES = 65_536;

/** Whoever holds a pipe can make it this large, root larger still: /proc/sys/fs/pipe-max-size. */
export const MAX_PIPE_BYTES = 1_048_576;

/** Every pipe is read into the same memory: what comes is copied on before the next read. */
const chunkMemory = Buffer.allocUnsafeSlow(CHUNK_BYTES);
/** The same for reads outside of the event loop's turn, which may be asked for while a chunk is being handled. */
const drainMemory = Buffer.allocUnsafeSlow(CHUNK_BYTES);

/**
 * Makes named pipes at those paths where none is yet, all in one child process; whatever else is in the way is
 * removed. A pipe that is there is kept: processes that outlived an earlier supervisor still write into it.
 */
export async function makePipes(paths: readonly string[]): Promise<void> {
  for (const dir of new Set(paths.map((path) => dirname(path))))
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  const missing = paths.filter((path) => {
    const isThere = isPipe(path);
    if (isThere === false) rmSync(path, { recursive: true });
    return !isThere;
  });
  if (missing.length === 0) return;
  try {
    await run('mkfifo', ['-m', '600', '--', ...missing]);
  } catch (error) {
    // Somebody who wanted the same pipes was faster.
    if (missing.every(isPipe)) return;
    const { stderr = '', message } = error as Error & { stderr?: string };
    const why = isErrno(error, 'ENOENT') ? 'the program mkfifo is missing' : stderr.trim() || message;
    const hint = 'the state directory must be on a filesystem that has named pipes';
    throw new Error(`cannot make named pipes in ${dirname(missing[0] ?? '')} (${hint}): ${why}`, {
      cause: error,
    });
  }
}

/** Null: nothing is there. */
function isPipe(path: string): boolean | null {
  return lstatSync(path, { throwIfNoEntry: false })?.isFIFO() ?? null;
}

/**
 * The reading end of one captured stream. The pipe has a name, because a child cannot open the socket pair of Node's
 * own `stdio: 'pipe'` again as /dev/stdout. It never ends: this object holds it open for writing too, and so does every
 * child, whose writes therefore neither fail nor raise SIGPIPE while no supervisor is there to read.
 */
export class OutputPipe {
  readonly #path: string;
  readonly #onChunk: (chunk: Buffer) => boolean;
  readonly #reader: number;
  readonly #socket: Socket;
  #writer: number;
  /** No child has had the writer yet. */
  #isFresh = true;
  #closed = false;

  /**
   * Opens the pipe at `path` and reads it from now on. `onChunk` is lent memory that holds the next bytes only until it
   * returns; when it returns false nothing more is read until `resume`, and writers wait.
   */
  constructor(path: string, onChunk: (chunk: Buffer) => boolean) {
    this.#path = path;
    this.#onChunk = onChunk;
    this.#reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      this.#writer = openSync(sameFile(this.#reader), constants.O_RDWR);
    } catch (error) {
      closeSync(this.#reader);
      throw error;
    }
    this.#socket = new Socket({
      fd: this.#reader,
      readable: true,
      writable: false,
      onread: {
        buffer: chunkMemory,
        callback: (size) => onChunk(chunkMemory.subarray(0, size)),
      },
    });
    this.#socket.on('error', (error) => console.error(`pidnap: cannot read ${path}: ${String(error)}`));
  }

  /**
   * A descriptor for the standard output of the next child, valid until the next call or `close`. Every child gets an
   * open file of its own: one that makes its output non-blocking and is killed does not leave that to the next.
   */
  openWriter(): number {
    if (this.#isFresh) {
      this.#isFresh = false;
      return this.#writer;
    }
    const writer = openSync(sameFile(this.#reader), constants.O_RDWR);
    closeSync(this.#writer);
    this.#writer = writer;
    return writer;
  }

  resume(): void {
    if (!this.#closed) this.#socket.resume();
  }

  /**
   * Hands on, before it returns, everything that was written before the call, even while paused. Stops after `limit`
   * bytes: another writer may fill the pipe as fast as it is read.
   */
  readAvailable(limit: number): void {
    for (let total = 0; total < limit && !this.#closed;) {
      const size = readNow(this.#reader);
      if (size > 0) this.#onChunk(drainMemory.subarray(0, size));
      // Less than was asked for: the pipe was empty at that moment.
      if (size < CHUNK_BYTES) return;
      total += size;
    }
  }

  /** Stops reading. What is in the pipe, and the processes that write into it, stay. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#writer);
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.destroy();
    await closed;
  }

  /** Removes the name of a closed pipe. */
  async delete(): Promise<void> {
    await promises.rm(this.#path, { force: true });
  }
}

/** Reads what is there without waiting; 0 when nothing is. */
function readNow(fd: number): number {
  try {
    return readSync(fd, drainMemory, 0, CHUNK_BYTES, null);
  } catch (error) {
    if (isErrno(error, 'EAGAIN')) return 0;
    throw error;
  }
}

/** By descriptor, not by name: it is the same pipe even when somebody has removed or replaced the name. */
function sameFile(fd: number): string {
  return `/proc/self/fd/${fd}`;
}
