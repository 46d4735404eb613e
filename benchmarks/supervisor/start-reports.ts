import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** A child said that it runs. */
export type StartReport = {
  name: string;
  pid: number;
  /** CLOCK_MONOTONIC in nanoseconds, as `process.hrtime.bigint()` reads it. */
  at: bigint;
};

/** The named pipe into which the children of one session write their starts (programs/child.c). */
export class StartReports {
  readonly fifo: string;
  /** All of them, in the order of their arrival. */
  readonly starts: StartReport[] = [];
  readonly #socket: Socket;
  #rest = '';
  #changed: (() => void) | undefined;

  constructor(fifo: string) {
    this.fifo = fifo;
    const made = spawnSync('mkfifo', [fifo], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`mkfifo ${fifo}: ${made.stderr || String(made.error)}`);
    // Open for writing as well: a pipe whose last writer closed would report its end.
    const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      this.#socket = new Socket({ fd, readable: true, writable: false });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk.toString()));
  }

  /** Resolves with the report number `count` (from 1) as soon as it is there. For one caller at a time. */
  async waitFor(count: number, withinMs = 60_000): Promise<StartReport> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const report = this.starts[count - 1];
      if (report !== undefined) return report;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${this.starts.length} of ${count} starts within ${withinMs} ms`);
      await this.#change(left);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs).unref();
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #read(text: string): void {
    const arrival = process.hrtime.bigint();
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const [name = '', pid, at = '0'] = line.split(' ');
      this.starts.push({ name, pid: Number(pid), at: at === '0' ? arrival : BigInt(at) });
    }
    this.#changed?.();
    this.#changed = undefined;
  }
}
