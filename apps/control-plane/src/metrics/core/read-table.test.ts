import { expect, test } from 'vitest';
import { readRows } from './read-table.ts';

const one = (unit: Parameters<typeof readRows>[0][number]['unit'], cell: string | number | null) =>
  readRows([{ name: 'x', unit }], { data: [{ x: cell }] })[0]?.x;

test('64-bit integers come as texts and become numbers', () => {
  expect(one('count', '42')).toBe(42);
  expect(one('time', '1700000000')).toBe(1_700_000_000);
});

test('text stays text, also when it looks like a number', () => {
  expect(one('text', '42')).toBe('42');
  expect(one('text', '')).toBe('');
});

test.each(['percent', 'mb', 'ms', 'seconds', 'bytes', 'count'] as const)(
  'a %s below 0 means that nothing was measured',
  (unit) => {
    expect(one(unit, -1)).toBeNull();
    expect(one(unit, '-1')).toBeNull();
    expect(one(unit, 0)).toBe(0);
  },
);

test('what there is not stays nothing', () => {
  expect(one('percent', null)).toBeNull();
});

test('only the columns that were asked for are answered, in their order', () => {
  const rows = readRows(
    [
      { name: 'b', unit: 'text' },
      { name: 'a', unit: 'mb' },
    ],
    { data: [{ a: 1, b: 'x', c: 3 }] },
  );
  expect(Object.entries(rows[0] ?? {})).toEqual([
    ['b', 'x'],
    ['a', 1],
  ]);
});

test.each(['', 'NaN', 'inf', '2026-01-05 12:00:00'])('%j is no number, and says of which column', (cell) => {
  expect(() => one('mb', cell)).toThrow('x: expected a number');
});

test('a column that is missing is named', () => {
  expect(() => readRows([{ name: 'cpu', unit: 'percent' }], { data: [{}] })).toThrow(
    'cpu: the answer has no',
  );
});
