import { describe, expect, test } from 'vitest';
import { judge, type Measured, rowsOf } from './row.ts';

function measured(overrides: Partial<Measured> = {}): Measured {
  return {
    metric: 'restart',
    unit: 'ms',
    samples: new Map([
      ['node', [2, 2, 2]],
      ['pidnap', [3, 2.5, 9]],
      ['runit', [1]],
    ]),
    judged: 'pidnap',
    floor: 'node',
    limit: { kind: 'ratio-at-most', limit: 1.5 },
    ...overrides,
  };
}

describe('the rows of a metric', () => {
  test('begin with the judged subject, under the name of the metric alone', () => {
    expect(rowsOf(measured())).toEqual([
      { metric: 'restart', value: 3, unit: 'ms', floor: 2, ratio: 1.5, limit: 1.5, ok: true },
      { metric: 'restart/node', value: 2, unit: 'ms', floor: 2, ratio: 1, limit: null, ok: null },
      { metric: 'restart/runit', value: 1, unit: 'ms', floor: 2, ratio: 0.5, limit: null, ok: null },
    ]);
  });

  test('leave out a subject that gave no sample', () => {
    const rows = rowsOf(
      measured({
        samples: new Map([
          ['pidnap', [3]],
          ['runit', []],
        ]),
      }),
    );
    expect(rows.map(({ metric }) => metric)).toEqual(['restart']);
  });

  test('do not meet a limit on the ratio when the floor is missing', () => {
    expect(rowsOf(measured({ samples: new Map([['pidnap', [3]]]) }))[0]).toMatchObject({
      floor: null,
      ratio: null,
      limit: 1.5,
      ok: false,
    });
  });

  test('have no ratio where the value itself is limited', () => {
    expect(rowsOf(measured({ limit: { kind: 'value-at-most', limit: 2.9 } }))[0]).toMatchObject({
      value: 3,
      floor: 2,
      ratio: null,
      limit: 2.9,
      ok: false,
    });
  });

  test('meet a least value from that value on', () => {
    const limit = { kind: 'value-at-least', limit: 3 } as const;
    expect(rowsOf(measured({ limit }))[0]).toMatchObject({ value: 3, ratio: null, limit: 3, ok: true });
    expect(judge({ value: 2.99, ratio: null }, limit)).toBe(false);
  });

  test('only inform without a limit', () => {
    expect(rowsOf(measured({ limit: undefined }))[0]).toMatchObject({ ratio: 1.5, limit: null, ok: null });
  });

  test('carry four significant digits', () => {
    const rows = rowsOf(
      measured({
        samples: new Map([
          ['pidnap', [123_456.7]],
          ['node', [3]],
        ]),
      }),
    );
    expect(rows[0]).toMatchObject({ value: 123_500, ratio: 41_150 });
  });
});

describe('a limit', () => {
  test.each([
    [{ kind: 'ratio-at-most', limit: 1.5 } as const, 1.5, true],
    [{ kind: 'ratio-at-most', limit: 1.5 } as const, 1.501, false],
    [{ kind: 'ratio-at-least', limit: 0.5 } as const, 0.5, true],
    [{ kind: 'ratio-at-least', limit: 0.5 } as const, 0.499, false],
  ])('%j with a ratio of %d is met: %s', (limit, ratio, met) => {
    expect(judge({ value: 1, ratio }, limit)).toBe(met);
  });
});
