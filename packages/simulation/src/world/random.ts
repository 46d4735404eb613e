/** Chance that can be repeated: the same seed and stream give the same numbers on every machine. */

/** One stream of numbers (sfc32 by Chris Doty-Humphrey: 128 bits of state, passes PractRand). */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private count = 1;

  /** Streams of one seed are independent, so that what one part of a world draws does not move another part. */
  constructor(seed: number, stream: string) {
    this.a = seed >>> 0;
    this.b = hash(stream);
    this.c = Math.floor(seed / 2 ** 32) >>> 0;
    for (let round = 0; round < 12; round++) this.next();
  }

  /** From 0 (included) to 1 (excluded). */
  next(): number {
    const sum = (this.a + this.b + this.count) | 0;
    this.count = (this.count + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** One of several; throws when there is none. */
  pick<T>(options: readonly T[]): T {
    const picked = options[Math.floor(this.next() * options.length)];
    if (picked === undefined) throw new Error('There is nothing to pick from');
    return picked;
  }

  /** One of several by weight. */
  weighted<T>(options: readonly { weight: number; value: T }[]): T {
    let left = this.next() * options.reduce((sum, one) => sum + one.weight, 0);
    for (const { weight, value } of options) {
      left -= weight;
      if (left < 0) return value;
    }
    return this.pick(options).value;
  }
}

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}
