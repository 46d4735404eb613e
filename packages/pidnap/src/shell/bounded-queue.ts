/**
 * Hands items from a producer that never waits to a consumer that may be slow. Holds at most `limit` items; when it
 * overflows, the oldest are dropped and `describeLoss` makes the item that stands in their place.
 */
export class BoundedQueue<T> {
  readonly #limit: number;
  readonly #describeLoss: (lost: number) => T;
  #items: T[] = [];
  #lost = 0;
  #closed = false;
  #wake: () => void = () => {};

  constructor(limit: number, describeLoss: (lost: number) => T) {
    this.#limit = limit;
    this.#describeLoss = describeLoss;
  }

  push(item: T): void {
    if (this.#closed) return;
    this.#items.push(item);
    if (this.#items.length > this.#limit) {
      // Half at once, so that a stuck consumer does not cost one array shift per item.
      this.#lost += this.#items.splice(0, Math.ceil(this.#limit / 2)).length;
    }
    this.#wake();
  }

  /** Ends the consumer's loop once it has taken what is left. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Everything pushed, in order, until closed or aborted; `onEnd` runs when the consumer is through. */
  async *drain(signal: AbortSignal | undefined, onEnd: () => void): AsyncGenerator<T, void, undefined> {
    const abort = (): void => this.close();
    signal?.addEventListener('abort', abort);
    try {
      while (!signal?.aborted) {
        if (this.#lost > 0) {
          const lost = this.#lost;
          this.#lost = 0;
          yield this.#describeLoss(lost);
        }
        const item = this.#items.shift();
        if (item !== undefined) yield item;
        else if (this.#closed) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#closed = true;
      this.#items = [];
      signal?.removeEventListener('abort', abort);
      onEnd();
    }
  }
}
