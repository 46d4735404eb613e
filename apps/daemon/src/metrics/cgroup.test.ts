import { describe, expect, test } from 'vitest';
import {
  GROUP_FILES,
  cfsQuota,
  cpuMax,
  cpuSetSize,
  cpuUsedMs,
  memoryKills,
  memoryLimit,
  memoryUsed,
  processIds,
} from './cgroup.ts';

/** The first lines of `memory.stat`, as Linux 6.18 (v2) and 5.10 (v1) write them. */
const STAT_V2 = `anon 52428800
file 41943040
kernel 2293760
inactive_anon 52404224
active_anon 24576
inactive_file 20971520
active_file 20971520
`;
const STAT_V1 = `cache 8388608
rss 50331648
inactive_file 4096
active_file 0
total_cache 8388608
total_inactive_file 7108864
total_active_file 1277952
`;

describe('the limit of memory', () => {
  test.each([
    ['v2', '536870912\n', 536_870_912],
    ['v2 without a limit', 'max\n', null],
    ['v1', '268435456\n', 268_435_456],
    ['v1 without a limit, 4 KB pages', '9223372036854771712\n', null],
    ['v1 without a limit, 64 KB pages', '9223372036854710272\n', null],
    ['nothing at all, which a limit of 0 is', '0\n', 0],
    ['an empty file', '', null],
    ['a file that is missing', null, null],
    ['anything else', '12 34\n', null],
  ])('is read from %s', (_, text, expected) => {
    expect(memoryLimit(text)).toBe(expected);
  });
});

describe('memory in use', () => {
  test('leaves out the cache that can be had back, as Docker does', () => {
    const v2 = memoryUsed('104857600\n', STAT_V2, GROUP_FILES[2].inactiveFile);
    const v1 = memoryUsed('67108864\n', STAT_V1, GROUP_FILES[1].inactiveFile);
    expect(v2).toBe(104_857_600 - 20_971_520);
    expect(v1).toBe(60_000_000);
  });

  test('finds a field in the first line, and no other that ends like it', () => {
    expect(memoryUsed('100', 'inactive_file 30\n', 'inactive_file')).toBe(70);
    expect(memoryUsed('100', 'total_inactive_file 30\nx 1\n', 'inactive_file')).toBe(100);
  });

  test.each([
    ['without statistics it is all that is charged', '100\n', null, 100],
    ['it is never below nothing, though the two were read one after the other', '10\n', STAT_V2, 0],
    ['it is unknown when nothing tells it', null, STAT_V2, null],
  ])('%s', (_, used, stat, expected) => {
    expect(memoryUsed(used, stat, 'inactive_file')).toBe(expected);
  });
});

describe('processors that may be used', () => {
  test.each([
    ['half of one', '50000 100000\n', 0.5],
    ['two and a half, in another period', '125000 50000\n', 2.5],
    ['no limit', 'max 100000\n', null],
    ['a file that is cut off', '50000', null],
    ['a missing file', null, null],
  ])('cpu.max: %s', (_, text, expected) => {
    expect(cpuMax(text)).toBe(expected);
  });

  test.each([
    ['two', '200000\n', '100000\n', 2],
    ['no limit', '-1\n', '100000\n', null],
    ['no file', null, null, null],
    ['no period', '200000\n', '0\n', null],
  ])('cpu.cfs_quota_us: %s', (_, quota, period, expected) => {
    expect(cfsQuota(quota, period)).toBe(expected);
  });

  test.each([
    ['0-3\n', 4],
    ['0,2,5-6\n', 4],
    ['7\n', 1],
    ['\n', null],
    ['0-3,x', null],
    [null, null],
  ])('the list %j has %j', (text, expected) => {
    expect(cpuSetSize(text)).toBe(expected);
  });
});

test.each([
  ['v2', 2, 'usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n', 1234.567],
  ['v1', 1, '5000000000\n', 5000],
  ['v2 without accounting', 2, 'nr_periods 0\n', null],
  ['a missing file', 1, null, null],
] as const)('processor time used is read from %s', (_, version, text, expected) => {
  expect(cpuUsedMs(text, version)).toBe(expected);
});

test('processes are one a line', () => {
  expect(processIds('1\n7\n4194304\n')).toEqual([1, 7, 4_194_304]);
  expect(processIds('')).toEqual([]);
  expect(processIds(null)).toEqual([]);
});

describe('processes that were ended for memory', () => {
  test.each([
    ['v2', 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n', 2],
    ['v1', 'oom_kill_disable 0\nunder_oom 0\noom_kill 4\n', 4],
    ['v1 before Linux 4.13', 'oom_kill_disable 0\nunder_oom 0\n', null],
    ['no file', null, null],
  ])('%s', (_, text, expected) => {
    expect(memoryKills(text)).toBe(expected);
  });
});
