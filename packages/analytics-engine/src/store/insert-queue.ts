import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.ts';

/** Rows of one table that go to disk together. */
type Batch = { lines: string[]; bytes: number; done: Promise<void>; settle: (error?: unknown) => void };

/**
 * Gathers the rows of many small requests into few inserts, and bounds what waits for the disk.
 *
 * While one insert runs, the next one gathers: the slower the disk, the larger the inserts.
 */
export class InsertQueue {
  readonly #write: (dataset: string, lines: string) => Promise<void>;
  readonly #gatherMs: number;
  readonly #maxBytes: number;
  readonly #batches = new Map<string, Batch>();
  #bytes = 0;
  #running: Promise<void> | null = null;
  #closed = false;

  /** `gatherMs`: how long the first row of an insert waits for others. `maxBytes`: what may wait, the running insert included. */
  constructor(options: {
    write: (dataset: string, lines: string) => Promise<void>;
    gatherMs: number;
    maxBytes: number;
  }) {
    this.#write = options.write;
    this.#gatherMs = options.gatherMs;
    this.#maxBytes = options.maxBytes;
  }

  /** Settled when the rows are written, or are known not to be. Throws OVERLOADED at once when too much waits. */
  async add(dataset: string, lines: string): Promise<void> {
    if (this.#closed) throw new EngineError('CLOSED', 'the engine is closing');
    const bytes = Buffer.byteLength(lines);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) {
      throw new EngineError('OVERLOADED', `${this.#bytes} bytes already wait for the disk`);
    }
    this.#bytes += bytes;
    const batch = this.#batches.get(dataset) ?? newBatch();
    this.#batches.set(dataset, batch);
    batch.lines.push(lines);
    batch.bytes += bytes;
    this.#running ??= this.#run();
    await batch.done;
  }

  /** Takes nothing more, and waits until everything that was taken is written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#batches.size > 0) {
      await sleep(this.#gatherMs);
      for (const [dataset, batch] of this.#batches) {
        this.#batches.delete(dataset);
        await this.#write(dataset, batch.lines.join('')).then(
          () => batch.settle(),
          (error: unknown) => batch.settle(error),
        );
        this.#bytes -= batch.bytes;
      }
    }
    this.#running = null;
  }
}

function newBatch(): Batch {
  const batch: Partial<Batch> = { lines: [], bytes: 0 };
  batch.done = new Promise((resolve, reject) => {
    batch.settle = (error) => (error === undefined ? resolve() : reject(error));
  });
  return batch as Batch;
}
