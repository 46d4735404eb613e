import type { PidnapEvent, ProcessView } from '../contract/process.ts';
import { BoundedQueue } from './bounded-queue.ts';

/** A subscriber that is this many changes behind gets a new snapshot instead of them. */
const QUEUE_EVENTS = 1000;

type Change = Exclude<PidnapEvent, { type: 'snapshot' }>;
/** A change as its maker knows it; the feed numbers it. */
export type NewChange = Change extends infer C ? (C extends Change ? Omit<C, 'seq'> : never) : never;

/** Tells every subscriber of every change of every process, in order. */
export class EventFeed {
  readonly #bootId: string;
  readonly #list: () => ProcessView[];
  readonly #queues = new Set<BoundedQueue<PidnapEvent>>();
  readonly #listeners = new Set<() => void>();
  #seq = 0;

  constructor(bootId: string, list: () => ProcessView[]) {
    this.#bootId = bootId;
    this.#list = list;
  }

  /** Numbers and tells a change. It is made only when somebody reads: a view of a process has a price. */
  publish(make: () => NewChange): void {
    this.#seq += 1;
    if (this.#queues.size > 0) {
      const event = { ...make(), seq: this.#seq } as Change;
      for (const queue of this.#queues) queue.push(event);
    }
    for (const listener of this.#listeners) listener();
  }

  /** Calls back after every change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves true once `holds` does, asked after every change; false when the signal aborts before. */
  until(holds: () => boolean, signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (): void => {
        forget();
        signal?.removeEventListener('abort', end);
        resolve(holds());
      };
      const forget = this.onChange(() => holds() && end());
      signal?.addEventListener('abort', end);
      if (holds() || signal?.aborted) end();
    });
  }

  /** A snapshot, then every later change, until the signal aborts. */
  async *subscribe(signal: AbortSignal | undefined): AsyncGenerator<PidnapEvent, void, undefined> {
    const queue = new BoundedQueue<PidnapEvent>(QUEUE_EVENTS, () => this.#snapshot());
    this.#queues.add(queue);
    queue.push(this.#snapshot());
    let seen = -1;
    for await (const event of queue.drain(signal, () => this.#queues.delete(queue))) {
      // After a loss the snapshot is newer than changes that are still queued: those are part of it already.
      if (event.type !== 'snapshot' && event.seq <= seen) continue;
      seen = event.seq;
      yield event;
    }
  }

  /** Ends every subscription. */
  close(): void {
    for (const queue of this.#queues) queue.close();
  }

  #snapshot(): PidnapEvent {
    return {
      type: 'snapshot',
      seq: this.#seq,
      at: Date.now(),
      bootId: this.#bootId,
      processes: this.#list(),
    };
  }
}
