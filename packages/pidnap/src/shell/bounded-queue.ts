/**
 * Hands items from a producer that never waits to a consumer that may be slow. Holds at most `limit` items; when it
 * overflows, the oldest are dropped and `describeLoss` makes the item that stands in their place.
 */
export class BoundedQueue<T> {
  readonly #limit: number;
  readonly #describeLoss: (lost: number) => T;
  readonly #weigh: (item: T) => number;
  readonly #count: (item: T) => number;
  #items: T[] = [];
  #weight = 0;
  #lost = 0;
  #closed = false;
  #wake: () => void = () => {};

  /**
   * Where items differ in size, `weigh` says what one takes of the limit, and `count` what its loss counts as; both
   * must always give the same for the same item.
   */
  constructor(
    limit: number,
    describeLoss: (lost: number) => T,
    { weigh = () => 1, count = () => 1 }: { weigh?: (item: T) => number; count?: (item: T) => number } = {},
  ) {
    this.#limit = limit;
    this.#describeLoss = describeLoss;
    this.#weigh = weigh;
    this.#count = count;
  }

  push(item: T): void {
    if (this.#closed) return;
    this.#items.push(item);
    this.#weight += this.#weigh(item);
    if (this.#weight > this.#limit) this.#dropOldest();
    this.#wake();
  }

  /** Ends the consumer's loop once it has taken what is left. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Everything pushed, in order, until closed or aborted; `onEnd` runs when the consumer is through. */
  async *drain(
    signal: AbortSignal | undefined,
    onEnd: () => void = () => {},
  ): AsyncGenerator<T, void, undefined> {
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
        if (item !== undefined) {
          this.#weight -= this.#weigh(item);
          yield item;
        } else if (this.#closed) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#closed = true;
      this.#items = [];
      signal?.removeEventListener('abort', abort);
      onEnd();
    }
  }

  /** Half at once, so that a stuck consumer does not cost one array shift per item. The newest always stays. */
  #dropOldest(): void {
    let items = 0;
    for (let weight = 0; weight < this.#limit / 2 && items < this.#items.length - 1; items++) {
      const item = this.#items[items] as T;
      weight += this.#weigh(item);
      this.#lost += this.#count(item);
    }
    for (const item of this.#items.splice(0, items)) this.#weight -= this.#weigh(item);
  }
}
