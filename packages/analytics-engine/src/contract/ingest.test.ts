import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { IngestBody } from './ingest.ts';

/** Path and text of what is wrong with a body. */
function problem(body: unknown): string | null {
  const result = v.safeParse(IngestBody, body, { abortEarly: true });
  return result.success ? null : `${v.getDotPath(result.issues[0])}: ${result.issues[0].message}`;
}

describe('a batch of data points', () => {
  it('may hold everything that a binding sends', () => {
    const point = {
      indexes: [null],
      blobs: ['', null, { base64: 'AP8=' }, { base64: '' }],
      doubles: [0, -1.5, 'NaN', 'Infinity', '-Infinity'],
    };
    expect(problem({ points: [point, {}] })).toBeNull();
  });

  it.each<[string, unknown]>([
    ['points: Invalid key', {}],
    ['points: expected at least one data point', { points: [] }],
    ['points.1.blobs: expected at most 20 blobs', { points: [{}, { blobs: Array(21).fill('') }] }],
    ['points.0.blobs: expected at most 16000 bytes', { points: [{ blobs: ['é'.repeat(8001)] }] }],
    [
      'points.0.blobs: expected at most 16000 bytes',
      { points: [{ blobs: [{ base64: 'AAAA'.repeat(5334) }] }] },
    ],
    ['points.0.indexes: expected at most 96 bytes', { points: [{ indexes: ['x'.repeat(97)] }] }],
    ['points.0.indexes: expected at most 1 index', { points: [{ indexes: ['a', 'b'] }] }],
    ['points.0.doubles: expected at most 20 doubles', { points: [{ doubles: Array(21).fill(0) }] }],
    ['points.0.doubles.1: expected a number', { points: [{ doubles: [0, null] }] }],
    ['points.0.doubles.0: expected a number', { points: [{ doubles: ['1'] }] }],
    ['points.0.doubles.0: Invalid finite', { points: [{ doubles: [Infinity] }] }],
    ['points.0.blobs.0: expected a text', { points: [{ blobs: [1] }] }],
    ['points.0.blobs: expected an array', { points: [{ blobs: { length: 1 } }] }],
    ['points: expected an array', { points: 'x' }],
    ['points.0.timestamp: Invalid key', { points: [{ timestamp: 1 }] }],
    ['points.0: Invalid type', { points: ['x'] }],
  ])('is refused by name: %s', (expected, body) => {
    expect(problem(body)).toContain(expected);
  });

  it('is not looked through when it is too long: it may be millions of values', () => {
    let looks = 0;
    const first = Object.defineProperty({}, 'blobs', {
      enumerable: true,
      get: () => {
        looks += 1;
        return [];
      },
    });
    const points = [first, ...Array.from({ length: 10_000 }, () => ({}))];
    expect(problem({ points })).toBe('points: expected at most 10000 data points');
    expect(looks).toBe(0);
    expect(problem({ points: points.slice(0, 10_000) })).toBeNull();
    expect(looks).toBeGreaterThan(0);
  });

  it('refuses base64 that is none', () => {
    for (const base64 of ['A', 'AA', 'AA=A', '****']) {
      expect(problem({ points: [{ blobs: [{ base64 }] }] })).toContain('points.0.blobs.0');
    }
  });
});
