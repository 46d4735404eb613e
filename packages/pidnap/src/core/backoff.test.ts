import * as fc from 'fast-check';
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

  it.each([
    ['constant', 1000, [1000, 1000, 1000, 1000, 1000]],
    ['linear', 1000, [1000, 2000, 3000, 4000, 5000]],
    ['exponential', 1000, [1000, 2000, 4000, 8000, 10_000]],
    ['linear', 4000, [4000, 8000, 10_000, 10_000, 10_000]],
    ['constant', 0, [0, 0, 0, 0, 0]],
    ['linear', 0, [0, 0, 0, 0, 0]],
  ] as const)('that is %s and begins with %i ms waits %j ms', (kind, initialMs, expected) => {
    const delays = expected.map((_, attempt) =>
      backoffDelay({ ...PLAIN, kind, initialMs }, { attempt, jitterSeed: 1, runs: 1 }),
    );
    expect(delays).toEqual(expected);
  });

  it('is a whole number from 0 to the maximum and its jitter, however long the row', () => {
    const policies = fc.record({
      kind: fc.constantFrom('constant' as const, 'linear' as const, 'exponential' as const),
      initialMs: fc.nat(86_400_000),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      maxMs: fc.nat(86_400_000),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(policies, fc.nat(1_000_000), fc.nat(), fc.nat(), (policy, attempt, jitterSeed, runs) => {
        const delay = backoffDelay(policy, { attempt, jitterSeed, runs });
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.round(policy.maxMs * (1 + policy.jitter)));
      }),
      { numRuns: 500, seed: 20_260_115 },
    );
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
