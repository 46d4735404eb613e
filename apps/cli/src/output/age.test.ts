import { expect, test } from 'vitest';
import { formatAge, formatClock, formatDuration, formatSeconds } from './age.ts';

test.each([
  [-500, '0s'],
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m00s'],
  [192_000, '3m12s'],
  [3_600_000, '1h00m'],
  [7_500_000, '2h05m'],
  [90_000_000, '1d1h'],
])('%d ms reads as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('an age is counted to now, and what never was has none', () => {
  expect(formatAge(1000, 13_000)).toBe('12s');
  expect(formatAge(null, 13_000)).toBe('-');
});

test('clocks are in UTC and measured times have one decimal', () => {
  expect(formatClock(Date.UTC(2026, 0, 5, 14, 3, 59, 999))).toBe('14:03:59');
  expect(formatSeconds(12_349)).toBe('12.3 s');
});
