import { MAX_POINT_AGE_MS, MAX_POINTS_WRITTEN } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { processPoint, resourcePoint, startupPoint } from '../../../test/metric-points.ts';
import { choosePoints } from './choose-points.ts';

const numbered = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => resourcePoint({ seq: from + index }));
const seqs = (points: readonly { seq: number }[]) => points.map((point) => point.seq);

describe('the points of a report that are written', () => {
  test('are all of them, in their order', () => {
    const { chosen, refused } = choosePoints(numbered(3), 0);
    expect(seqs(chosen)).toEqual([1, 2, 3]);
    expect(refused).toEqual([]);
  });

  test('are as many as one call can write; each of the others is named', () => {
    const { chosen, refused } = choosePoints(numbered(1000), 0);
    expect(seqs(chosen)).toEqual(seqs(numbered(MAX_POINTS_WRITTEN)));
    expect(refused).toHaveLength(750);
    expect(new Set(refused.map((point) => point.reason))).toEqual(new Set(['too-many']));
    expect(seqs(refused)).toEqual(seqs(numbered(750, 251)));
  });

  test('are not those that were written before', () => {
    const { chosen, refused } = choosePoints(numbered(4), 2);
    expect(seqs(chosen)).toEqual([3, 4]);
    expect(refused).toEqual([
      { seq: 1, name: 'resource', reason: 'repeated' },
      { seq: 2, name: 'resource', reason: 'repeated' },
    ]);
  });

  test('have each number once, also within one report', () => {
    const { chosen, refused } = choosePoints([...numbered(2), ...numbered(2)], 0);
    expect(seqs(chosen)).toEqual([1, 2]);
    expect(refused.map((point) => point.reason)).toEqual(['repeated', 'repeated']);
  });

  test('are at most a day old', () => {
    const { chosen, refused } = choosePoints(
      [
        resourcePoint({ seq: 1, ageMs: MAX_POINT_AGE_MS + 1 }),
        resourcePoint({ seq: 2, ageMs: MAX_POINT_AGE_MS }),
      ],
      0,
    );
    expect(seqs(chosen)).toEqual([2]);
    expect(refused).toEqual([{ seq: 1, name: 'resource', reason: 'too-old' }]);
  });

  test('do not lose their place to points that can never be written', () => {
    const old = numbered(10).map((point) => ({ ...point, ageMs: MAX_POINT_AGE_MS + 1 }));
    const { chosen } = choosePoints([...old, ...numbered(MAX_POINTS_WRITTEN, 11)], 0);
    expect(seqs(chosen)).toEqual(seqs(numbered(MAX_POINTS_WRITTEN, 11)));
  });

  test('are still to be sent when they were too many: a second call takes them', () => {
    const points = numbered(300);
    const first = choosePoints(points, 0);
    const again = points.filter((point) => first.refused.some(({ seq }) => seq === point.seq));
    expect(seqs(choosePoints(again, first.chosen.at(-1)?.seq ?? 0).chosen)).toEqual(seqs(again));
  });
});

test('a point that is not written is named by what it is about', () => {
  const points = [resourcePoint(), processPoint({ name: 'web' }), startupPoint()];
  expect(choosePoints(points, 1).refused.map((point) => point.name)).toEqual([
    'resource',
    'process web',
    'startup',
  ]);
});
