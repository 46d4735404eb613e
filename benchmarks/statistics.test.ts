import { describe, expect, test } from 'vitest';
import { interleave, median, quantile, spread } from './statistics.ts';

describe('the median', () => {
  test('is the middle sample, whatever the order they came in', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test('lies between the two middle samples of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  test('sorts by value, not by text', () => {
    expect(median([9, 10, 100])).toBe(10);
  });

  test('of nothing is an error, not a number', () => {
    expect(() => median([])).toThrow('no sample');
  });
});

test('a quantile is interpolated between its neighbours', () => {
  expect(quantile([0, 10], 0.9)).toBe(9);
  expect(quantile([7], 0.99)).toBe(7);
});

test('the spread names the ends and the middle', () => {
  expect(spread([3, 1, 2])).toEqual({ count: 3, min: 1, p10: 1.2, median: 2, p90: 2.8, max: 3 });
});

describe('interleaved rounds', () => {
  test('measure every subject once a round and begin with another one each time', () => {
    expect(interleave(['a', 'b', 'c'], 4).join('')).toBe('abcbcacababc');
  });

  test('are empty without subjects', () => {
    expect(interleave([], 3)).toEqual([]);
  });
});
