import { expect, it } from 'vitest';
import { Sampler } from './sampling.ts';

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The intervals of what is kept of `points` points of one index value within one second. */
function kept(sampler: Sampler, points: number, { index = 'a', second = 0 } = {}): number[] {
  const intervals = Array.from({ length: points }, () => sampler.decide('d', index, second));
  return intervals.filter((interval) => interval !== null);
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

it('keeps everything up to the full rate, for each index value and in each second', () => {
  const sampler = new Sampler({ fullRate: 100, random: () => 0.999 });
  for (const place of [{}, { index: 'b' }, { second: 1 }]) {
    expect(kept(sampler, 100, place)).toEqual(Array(100).fill(1));
  }
});

it('keeps less and less of an index value that is written often', () => {
  const sampler = new Sampler({ fullRate: 100, random: seeded(1) });
  const intervals = kept(sampler, 10_000);
  expect(intervals.length).toBeLessThan(800);
  expect(Math.max(...intervals)).toBeGreaterThan(50);
});

it('keeps sums right: one hundred seconds of a thousand points each', () => {
  const sampler = new Sampler({ fullRate: 100, random: seeded(2) });
  const counts = Array.from({ length: 100 }, (_, second) => sum(kept(sampler, 1000, { second })));
  // One second's count has a standard deviation of 67 (sum of n - 1 over its points), the sum of a hundred one of 671.
  expect(Math.abs(sum(counts) - 100_000)).toBeLessThan(3 * 671);
  expect(new Set(counts).size).toBeGreaterThan(1);
});
