import { expect, test } from 'vitest';
import { columnTitle, formatCell } from './figure.ts';

test.each([
  [12.345, 'percent', '12.3 %'],
  [0, 'percent', '0.0 %'],
  [312.4, 'mb', '312 MB'],
  [15_974.4, 'mb', '15.6 GB'],
  [0.5, 'mb', '512 kB'],
  [850, 'ms', '850 ms'],
  [4120, 'ms', '4.1 s'],
  [192_000, 'ms', '3m12s'],
  [192, 'seconds', '3m12s'],
  [900, 'bytes', '900 B'],
  [2_621_440, 'bytes', '2.5 MB'],
  [3, 'count', '3'],
  [0.5, 'count', '0.5'],
  [0.123_456, 'count', '0.12'],
  [1_767_603_600, 'time', '2026-01-05 09:00:00'],
  ['web', 'text', 'web'],
  ['', 'text', '-'],
  [null, 'percent', '-'],
  [undefined, 'text', '-'],
] as const)('%j in %s reads %s', (value, unit, text) => {
  expect(formatCell(value, unit)).toBe(text);
});

test.each([
  ['1'.repeat(40), '1111111'],
  [`sha256:${'ab'.repeat(32)}`, 'abababababab'],
  ['6f1c2f6e-4b57-4f0e-9d5c-0b5f5b0b5f5b', '6f1c2f6e'],
  ['demo.web-1.1', 'demo.web-1.1'],
])('of %s people see %s', (text, shown) => {
  expect(formatCell(text, 'text')).toBe(shown);
});

test('headings are words, and times say that they are in UTC', () => {
  expect(columnTitle({ name: 'memoryUsedMbMax', unit: 'mb' })).toBe('memory used max');
  expect(columnTitle({ name: 'memoryUsedPercent', unit: 'percent' })).toBe('memory used percent');
  expect(columnTitle({ name: 'cpuP95', unit: 'percent' })).toBe('cpu p95');
  expect(columnTitle({ name: 'lastAt', unit: 'time' })).toBe('last at (utc)');
});
