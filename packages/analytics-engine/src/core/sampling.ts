/** Points per second of one index value that are all kept: where production begins to sample, by its documentation. */
export const FULL_RATE = 100;

/**
 * Equitable sampling. Within each second, the n-th hundred points of an index value is kept with a chance of 1 in n, and
 * what is kept counts for n: rare index values lose nothing, and sums over `_sample_interval` stay right on average.
 */
export class Sampler {
  readonly #fullRate: number;
  readonly #random: () => number;
  #second = 0;
  #seen = new Map<string, number>();

  /** `random` gives numbers from 0 up to but not including 1. */
  constructor(options: { fullRate: number; random: () => number }) {
    this.#fullRate = options.fullRate;
    this.#random = options.random;
  }

  /** The `_sample_interval` of a data point, or `null` when it is not kept. `second` is in Unix seconds. */
  decide(dataset: string, index: string, second: number): number | null {
    if (second !== this.#second) {
      this.#second = second;
      this.#seen.clear();
    }
    const key = `${dataset} ${index}`;
    const seen = this.#seen.get(key) ?? 0;
    this.#seen.set(key, seen + 1);
    const interval = Math.floor(seen / this.#fullRate) + 1;
    return this.#random() * interval < 1 ? interval : null;
  }
}
