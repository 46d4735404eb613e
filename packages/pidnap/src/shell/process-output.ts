import { join } from 'node:path';
import type { LogLine } from '../contract/process.ts';
import { MAX_LINE_BYTES, cutChunk, decodeLines } from '../core/lines.ts';
import { LiveLines, type LineWatch } from './live-lines.ts';
import type { LogLimits } from './log-series.ts';
import { LogStore } from './log-store.ts';
import { MAX_PIPE_BYTES, OutputPipe, makePipes } from './output-pipe.ts';
import type { LogQuery } from './read-log.ts';

/** How long `drain` and `close` wait for a disk that does not answer. */
const DISK_MS = 1000;

const STREAMS = ['stdout', 'stderr'] as const;
type Captured = (typeof STREAMS)[number];

const NOTHING = Buffer.alloc(0);
const NEWLINE = Buffer.from('\n');

/**
 * All that a process writes, from its pipes to its log, for as long as the process is known: through all of its runs,
 * and in the pipes through the death of pidnap itself. Holds six descriptors: a reader and a writer for each pipe, and,
 * once something was written, the two files of the log.
 */
export class ProcessOutput {
  readonly #pipes: Record<Captured, OutputPipe>;
  readonly #rest: Record<Captured, Buffer> = { stdout: NOTHING, stderr: NOTHING };
  readonly #paused = new Set<Captured>();
  readonly #log: LogStore;
  readonly #live = new LiveLines();

  /** Makes the pipes of these processes where they are missing. Needed once before `open`. */
  static prepare(pipeDir: string, names: readonly string[]): Promise<void> {
    return makePipes(names.flatMap((name) => STREAMS.map((stream) => pipePath(pipeDir, name, stream))));
  }

  /** Opens the pipes of a process and reads them from now on into the log in `logDir/name`. */
  constructor(options: { logDir: string; pipeDir: string; name: string; limits: LogLimits }) {
    const { logDir, pipeDir, name, limits } = options;
    this.#log = new LogStore(join(logDir, name), limits, () => this.#resume());
    const open = (stream: Captured): OutputPipe =>
      new OutputPipe(pipePath(pipeDir, name, stream), (chunk) => this.#take(stream, chunk));
    const stdout = open('stdout');
    try {
      this.#pipes = { stdout, stderr: open('stderr') };
    } catch (error) {
      void stdout.close();
      throw error;
    }
  }

  /** Descriptors for the standard output and error of the next run; they stay open until the next call or `close`. */
  stdio(): [stdout: number, stderr: number] {
    return [this.#pipes.stdout.openWriter(), this.#pipes.stderr.openWriter()];
  }

  /**
   * Resolves when everything that was written before the call is in the log, an unfinished last line included. Waits
   * neither for others who hold the pipes nor, beyond a second, for a disk that does not answer.
   */
  async drain(): Promise<void> {
    this.#readPipes();
    for (const stream of STREAMS) {
      const rest = this.#rest[stream];
      if (rest.length === 0) continue;
      this.#rest[stream] = NOTHING;
      // The line end is ours: in the file, what comes next must not look like a part of this line.
      this.#append({ stream, partial: false }, rest, NEWLINE);
    }
    await inTime(this.#log.flushed());
  }

  /** A line of pidnap's own in the log, behind all that was read so far; on file with the next output or soon after. */
  note(text: string): void {
    const bytes = Buffer.from(text).subarray(0, MAX_LINE_BYTES);
    this.#append({ stream: 'pidnap', partial: false }, bytes, NEWLINE);
  }

  /** The newest `tail` lines not older than `since`, oldest first, of what was read before the call. */
  read(query: LogQuery): Promise<{ lines: LogLine[]; more: boolean }> {
    return this.#log.read(query);
  }

  /** What `read` gives, then every line that comes, each once; until the signal aborts or `close`. */
  async *follow({
    signal,
    tail = 0,
    since,
  }: { signal?: AbortSignal | undefined } & Partial<LogQuery> = {}): AsyncGenerator<
    LogLine,
    void,
    undefined
  > {
    // Both in one turn: no line falls between what was there and what comes, none is in both.
    const coming = this.#live.follow();
    const past = tail > 0 ? this.read({ tail, since }) : null;
    try {
      if (past) yield* (await past).lines;
      for await (const { at, stream, partial, bytes } of coming.drain(signal))
        for (const line of decodeLines(bytes, partial)) yield { at, stream, ...line };
    } finally {
      this.#live.unfollow(coming);
    }
  }

  /** Calls `onMatch` for every line that arrives and matches, until the returned function is called. */
  watchLines(watch: LineWatch): () => void {
    return this.#live.watch(watch);
  }

  setLimits(limits: LogLimits): void {
    this.#log.setLimits(limits);
  }

  /** Writes what was said so far, then lets go of everything. Who goes on writing fills the pipe for the next reader. */
  async close(): Promise<void> {
    this.#readPipes();
    await Promise.all(STREAMS.map((stream) => this.#pipes[stream].close()));
    for (const stream of STREAMS) {
      const rest = this.#rest[stream];
      this.#rest[stream] = NOTHING;
      // Whoever reads the pipe next gets the end of the line.
      if (rest.length > 0) this.#append({ stream, partial: true }, rest);
    }
    this.#live.close();
    await inTime(this.#log.close());
  }

  /** Closes, and deletes the log and the pipes. */
  async delete(): Promise<void> {
    await this.close();
    await Promise.all([this.#log.delete(), ...STREAMS.map((stream) => this.#pipes[stream].delete())]);
  }

  /** Takes what is in the pipes now, also while they are paused. */
  #readPipes(): void {
    for (const stream of STREAMS) {
      // Less when the disk has not taken what was there before: processes may end faster than it writes.
      this.#pipes[stream].readAvailable(MAX_PIPE_BYTES - this.#log.waitingBytes);
    }
  }

  /** Takes what a pipe brought. False: nothing more, please, until there is room. */
  #take(stream: Captured, chunk: Buffer): boolean {
    const { head, body, partial, rest } = cutChunk(this.#rest[stream], chunk);
    this.#rest[stream] = rest;
    if (head.length + body.length > 0) this.#append({ stream, partial }, head, body);
    if (!this.#log.full) return true;
    this.#paused.add(stream);
    return false;
  }

  #append(of: { stream: LogLine['stream']; partial: boolean }, ...bytes: readonly Buffer[]): void {
    const arrival = { at: Date.now(), ...of };
    this.#log.append(arrival, ...bytes);
    this.#live.tell(arrival, ...bytes);
  }

  #resume(): void {
    if (this.#log.full) return;
    for (const stream of this.#paused) this.#pipes[stream].resume();
    this.#paused.clear();
  }
}

function pipePath(pipeDir: string, name: string, stream: Captured): string {
  return join(pipeDir, `${name}.${stream}`);
}

/** Waits for a disk, but not for ever. */
async function inTime(done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, DISK_MS)));
  await Promise.race([done, late]);
  clearTimeout(timer);
}
