/**
 * Which states were seen: by 64 bits of their digest, and by what may still go wrong in them. A state is not looked at
 * again when it was seen with at least as much left: whatever can happen now could happen then, and what happens
 * without faults is the same. Two different states are taken for one with a probability of about n^2 / 2^65: below one
 * in ten million for a million states.
 */
import type { Digest } from './digest.ts';
import { Numbers } from './numbers.ts';

const LEAST_SLOTS = 1 << 12;

export class StateIndex {
  /** States by number, from 0, in the order in which they were added. */
  private readonly left = new Numbers();
  /** The next state with the same digest and another rest; -1 at the end. */
  private readonly others = new Numbers();
  private digests = 0;
  private high = new Uint32Array(LEAST_SLOTS);
  private low = new Uint32Array(LEAST_SLOTS);
  private heads = new Int32Array(LEAST_SLOTS).fill(-1);

  /** How many states are known. */
  get size(): number {
    return this.left.length;
  }

  /** The number of a state that can do all that this one can; a new one (`size` has grown then) when there is none. */
  number({ high, low }: Digest, left: number): number {
    if (this.digests * 2 >= this.heads.length) this.grow();
    const slot = this.slotOf(high, low);
    const head = this.heads[slot] ?? -1;
    for (let known = head; known !== -1; known = this.others.at(known))
      if (allows(this.left.at(known), left)) return known;
    if (head === -1) this.digests += 1;
    this.high[slot] = high;
    this.low[slot] = low;
    this.heads[slot] = this.size;
    this.others.push(head);
    this.left.push(left);
    return this.size - 1;
  }

  private slotOf(high: number, low: number): number {
    const mask = this.heads.length - 1;
    let slot = (high ^ low) & mask;
    while (this.heads[slot] !== -1 && (this.high[slot] !== high || this.low[slot] !== low))
      slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { high, low, heads } = this;
    this.high = new Uint32Array(heads.length * 2);
    this.low = new Uint32Array(heads.length * 2);
    this.heads = new Int32Array(heads.length * 2).fill(-1);
    for (let from = 0; from < heads.length; from++) {
      const head = heads[from] ?? -1;
      if (head === -1) continue;
      const slot = this.slotOf(high[from] ?? 0, low[from] ?? 0);
      this.high[slot] = high[from] ?? 0;
      this.low[slot] = low[from] ?? 0;
      this.heads[slot] = head;
    }
  }
}

/** The largest counter in a packed rest. */
export const LARGEST_REST = 7;

/** Bits of each counter. */
export const REST_BITS = 3;

/** Whether every counter of `more` is at least that of `less`. */
function allows(more: number, less: number): boolean {
  for (let [a, b] = [more, less]; b !== 0; a >>>= REST_BITS, b >>>= REST_BITS)
    if ((a & LARGEST_REST) < (b & LARGEST_REST)) return false;
  return true;
}
