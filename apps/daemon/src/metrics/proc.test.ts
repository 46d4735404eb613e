import { expect, test } from 'vitest';
import { cpuPercent } from './cpu-share.ts';
import { parseMeminfo, parseProcStat } from './proc.ts';

test('memory in use is what is not available', () => {
  const text =
    'MemTotal:       16384000 kB\nMemFree:          100000 kB\nMemAvailable:   12288000 kB\nBuffers: 1 kB\n';
  expect(parseMeminfo(text)).toEqual({ totalBytes: 16_384_000 * 1024, usedBytes: 4_096_000 * 1024 });
});

test('a system without the file tells nothing', () => {
  expect(parseMeminfo('')).toBeNull();
  expect(parseProcStat('')).toBeNull();
});

test('waiting for a disk is idle time, and guest time is not counted twice', () => {
  const text = 'cpu  100 20 30 800 50 1 2 3 40 5\ncpu0 50 10 15 400 25 0 1 1 20 2\nintr 1\n';
  expect(parseProcStat(text)).toEqual({ busyTicks: 156, totalTicks: 1006 });
});

test.each([
  ['half of what could be used', { used: 0, available: 0 }, { used: 500, available: 1000 }, 50],
  ['never more than all', { used: 0, available: 0 }, { used: 1010, available: 1000 }, 100],
  ['nothing from one look', null, { used: 500, available: 1000 }, null],
  ['nothing when no time passed', { used: 1, available: 5 }, { used: 1, available: 5 }, null],
  ['nothing when the counter began anew', { used: 500, available: 5 }, { used: 1, available: 9 }, null],
])('the share of processors is %s', (_, before, after, expected) => {
  expect(cpuPercent(before, after)).toBe(expected);
});
