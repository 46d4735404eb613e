import { describe, expect, it } from 'vitest';
import { countKills, memoryCounters } from './cgroup.ts';

const paths = (cgroup: string, mountinfo: string): string[] =>
  memoryCounters({ cgroup, mountinfo }).map(({ path }) => path);

const V1_MOUNTS = `
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw`;
const V2_MOUNT = '29 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot';

describe('memoryCounters', () => {
  it('finds the group in version 2', () => {
    expect(paths('0::/system.slice/pidnap.service', V2_MOUNT)).toEqual([
      '/sys/fs/cgroup/system.slice/pidnap.service/memory.events',
      '/sys/fs/cgroup/memory.events',
      '/proc/vmstat',
    ]);
  });

  it('finds the group in version 2 in a container with its own view of the groups', () => {
    expect(paths('0::/', V2_MOUNT)).toEqual(['/sys/fs/cgroup/memory.events', '/proc/vmstat']);
  });

  it('takes the mount itself in a container whose path is not below it', () => {
    const mount = '612 611 0:26 /docker/abc /sys/fs/cgroup ro,nosuid master:9 - cgroup2 cgroup rw';
    expect(paths('0::/docker/abc', mount)).toEqual(['/sys/fs/cgroup/memory.events', '/proc/vmstat']);
    expect(paths('0::/docker/abc/app', mount)[0]).toBe('/sys/fs/cgroup/app/memory.events');
    expect(paths('0::/kubepods/other', mount)).toEqual(['/sys/fs/cgroup/memory.events', '/proc/vmstat']);
  });

  it('finds the group in version 1, and tries version 2 where both are mounted', () => {
    expect(paths('9:name=systemd:/\n4:memory:/api/1\n0::/', V1_MOUNTS)).toEqual([
      '/sys/fs/cgroup/memory/api/1/memory.oom_control',
      '/sys/fs/cgroup/memory/memory.oom_control',
      '/sys/fs/cgroup/unified/memory.events',
      '/proc/vmstat',
    ]);
  });

  it('finds a version 1 controller that shares its hierarchy, in a container without a view of its own', () => {
    const mount =
      '740 733 0:32 /docker/abc /sys/fs/cgroup/memory ro,relatime master:15 - cgroup cgroup rw,cpuset,memory';
    expect(paths('5:cpuset,memory:/docker/abc\n1:name=systemd:/docker/abc', mount)).toEqual([
      '/sys/fs/cgroup/memory/memory.oom_control',
      '/proc/vmstat',
    ]);
  });

  it('reads mount points with spaces in them', () => {
    const mount = String.raw`29 22 0:26 / /mnt/c\040groups rw - cgroup2 cgroup2 rw`;
    expect(paths('0::/', mount)[0]).toBe('/mnt/c groups/memory.events');
  });

  it('does not take a neighbour whose path begins the same for its own', () => {
    const mount = '612 611 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw';
    expect(paths('0::/docker/abcd', mount)[0]).toBe('/sys/fs/cgroup/memory.events');
  });

  it('has only the count of the machine without control groups', () => {
    expect(memoryCounters({ cgroup: '', mountinfo: '' })).toEqual([
      { path: '/proc/vmstat', scope: 'machine' },
    ]);
  });
});

describe('countKills', () => {
  it.each([
    ['version 1', 'oom_kill_disable 0\nunder_oom 0\noom_kill 4\n', 4],
    ['version 2', 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n', 2],
    ['the machine', 'pgmajfault 1\noom_kill 7\ndrop_pagecache 0\n', 7],
    ['a kernel that does not count', 'oom_kill_disable 0\nunder_oom 0\n', null],
    ['a file that is not there', null, null],
  ])('reads the count of %s', (_what, text, expected) => {
    expect(countKills(text)).toBe(expected);
  });
});
