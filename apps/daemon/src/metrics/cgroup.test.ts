import { describe, expect, test } from 'vitest';
import { cgroupPath, readCgroupV1, readCgroupV2, type CgroupFiles } from './cgroup.ts';

function files(content: Record<string, string>): CgroupFiles {
  return (name) => content[name] ?? null;
}

describe('control group v2', () => {
  const limited = {
    'memory.max': '536870912\n',
    'memory.current': '104857600\n',
    'memory.stat': 'anon 52428800\nfile 41943040\ninactive_file 20971520\nactive_file 20971520\n',
    'cpu.max': '50000 100000\n',
    'cpu.stat': 'usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n',
  };

  test('tells limits and use, without the cache that can be had back', () => {
    expect(readCgroupV2(files(limited))).toEqual({
      memoryLimitBytes: 536_870_912,
      memoryUsedBytes: 104_857_600 - 20_971_520,
      cpuLimit: 0.5,
      cpuUsedMs: 1234.567,
    });
  });

  test('knows no limit where the kernel says "max"', () => {
    const usage = readCgroupV2(files({ ...limited, 'memory.max': 'max\n', 'cpu.max': 'max 100000\n' }));
    expect(usage).toMatchObject({ memoryLimitBytes: null, cpuLimit: null });
  });

  test('tells nothing of the root group, which has no such files', () => {
    expect(readCgroupV2(files({}))).toEqual({
      memoryLimitBytes: null,
      memoryUsedBytes: null,
      cpuLimit: null,
      cpuUsedMs: null,
    });
  });
});

describe('control group v1', () => {
  const limited = {
    'memory.limit_in_bytes': '268435456\n',
    'memory.usage_in_bytes': '67108864\n',
    'memory.stat': 'cache 4096\ninactive_file 1\ntotal_inactive_file 7108864\n',
    'cpu.cfs_quota_us': '200000\n',
    'cpu.cfs_period_us': '100000\n',
    'cpuacct.usage': '5000000000\n',
  };

  test('tells limits and use of the group and all below it', () => {
    expect(readCgroupV1(files(limited))).toEqual({
      memoryLimitBytes: 268_435_456,
      memoryUsedBytes: 60_000_000,
      cpuLimit: 2,
      cpuUsedMs: 5000,
    });
  });

  test('knows no limit behind the numbers that stand for none', () => {
    const usage = readCgroupV1(
      files({ ...limited, 'memory.limit_in_bytes': '9223372036854771712\n', 'cpu.cfs_quota_us': '-1\n' }),
    );
    expect(usage).toMatchObject({ memoryLimitBytes: null, cpuLimit: null });
  });
});

describe('the path of our own group', () => {
  const v1 = '12:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc/x\n0::/\n';

  test.each([
    ['v2', '0::/system.slice/docker-abc.scope\n', null, '/system.slice/docker-abc.scope'],
    ['a v1 controller', v1, 'memory', '/docker/abc'],
    ['a v1 controller that shares its hierarchy', v1, 'cpuacct', '/docker/abc/x'],
    ['the v2 part of a mixed system', v1, null, '/'],
    ['a controller that is not there', v1, 'pids', null],
  ])('is read for %s', (_, text, controller, expected) => {
    expect(cgroupPath(text, controller)).toBe(expected);
  });
});
