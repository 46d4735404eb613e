import { expect, test } from 'vitest';
import { StateIndex } from './state-index.ts';

test('states are numbered in the order in which they come, however many there are', () => {
  const index = new StateIndex();
  const digests = Array.from({ length: 20_000 }, (_, n) => ({ high: n % 7, low: (n * 2_654_435_761) >>> 0 }));
  const numbers = digests.map((digest) => index.number(digest, 0));
  expect(numbers).toEqual(digests.map((_, n) => n));
  expect(digests.map((digest) => index.number(digest, 0))).toEqual(numbers);
  expect(index.size).toBe(20_000);
});

test('digests that share a place are told apart', () => {
  const index = new StateIndex();
  expect(index.number({ high: 1, low: 0 }, 0)).toBe(0);
  expect(index.number({ high: 0, low: 1 }, 0)).toBe(1);
  expect(index.number({ high: 1, low: 0 }, 0)).toBe(0);
});
