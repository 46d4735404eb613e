import { describe, expect, test } from 'vitest';
import { Random } from './random.ts';

const draw = (random: Random, count = 5) => Array.from({ length: count }, () => random.next());

test('the same seed and stream give the same numbers', () => {
  expect(draw(new Random(42, 'world'))).toEqual(draw(new Random(42, 'world')));
});

test('streams of one seed, and seeds of one stream, differ', () => {
  const first = draw(new Random(42, 'world'));
  expect(draw(new Random(42, 'plan'))).not.toEqual(first);
  expect(draw(new Random(43, 'world'))).not.toEqual(first);
  expect(draw(new Random(42 + 2 ** 32, 'world'))).not.toEqual(first);
});

describe('numbers', () => {
  test('are spread evenly over the range, ends included', () => {
    const random = new Random(1, 'spread');
    const counts = new Map<number, number>();
    for (let index = 0; index < 4000; index++) {
      const value = random.between(3, 6);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual([3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('are picked by weight', () => {
    const random = new Random(1, 'weight');
    const options = [
      { weight: 0, value: 'never' },
      { weight: 1, value: 'sometimes' },
      { weight: 9, value: 'mostly' },
    ];
    const picked = Array.from({ length: 1000 }, () => random.weighted(options));
    expect(picked).not.toContain('never');
    expect(picked.filter((one) => one === 'sometimes').length).toBeGreaterThan(50);
    expect(picked.filter((one) => one === 'mostly').length).toBeGreaterThan(800);
  });

  test('cannot be picked from nothing', () => {
    expect(() => new Random(1, 'none').pick([])).toThrow('nothing to pick from');
  });
});
