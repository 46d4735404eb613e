import { describe, expect, it } from 'vitest';
import { definition } from '../../test/builders.ts';
import { backoffDelay } from './backoff.ts';

const { backoff: PLAIN } = definition();

describe('backoffDelay', () => {
  it.each([
    [0, 1000],
    [1, 2000],
    [2, 4000],
    [3, 8000],
    [4, 10_000],
    [5, 10_000],
    [2000, 10_000],
  ])('before restart %i in a row waits %i ms', (attempt, expected) => {
    expect(backoffDelay(PLAIN, { attempt, jitterSeed: 1, runs: 1 })).toBe(expected);
  });

  it.each([
    [{ initialMs: 0 }, 7, 0],
    [{ factor: 1 }, 7, 1000],
    [{ factor: 1.5 }, 2, 2250],
    [{ initialMs: 50_000 }, 0, 10_000],
    [{ maxMs: 0 }, 3, 0],
  ])('with %j before restart %i waits %i ms', (change, attempt, expected) => {
    expect(backoffDelay({ ...PLAIN, ...change }, { attempt, jitterSeed: 1, runs: 1 })).toBe(expected);
  });

  it.each([0.1, 0.5, 1])(
    'with a jitter of %d stays inside its share and uses both halves of it',
    (jitter) => {
      const delays = Array.from({ length: 500 }, (_, i) =>
        backoffDelay({ ...PLAIN, jitter }, { attempt: 0, jitterSeed: i * 7919, runs: 1 }),
      );
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(1000 * (1 - jitter));
      expect(Math.max(...delays)).toBeLessThanOrEqual(1000 * (1 + jitter));
      expect(delays.filter((delay) => delay < 1000).length).toBeGreaterThan(200);
      expect(delays.filter((delay) => delay > 1000).length).toBeGreaterThan(200);
    },
  );

  it('spreads two machines, and two runs of one machine, apart', () => {
    const policy = { ...PLAIN, jitter: 1 };
    const one = backoffDelay(policy, { attempt: 3, jitterSeed: 1, runs: 1 });
    expect(backoffDelay(policy, { attempt: 3, jitterSeed: 2, runs: 1 })).not.toBe(one);
    expect(backoffDelay(policy, { attempt: 3, jitterSeed: 1, runs: 2 })).not.toBe(one);
    expect(backoffDelay(policy, { attempt: 3, jitterSeed: 1, runs: 1 })).toBe(one);
  });
});
