import { describe, expect, test } from 'vitest';
import { groupFolders } from './cgroup-folders.ts';

const V2_HOST = '35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';

/** Debian with Docker 20.10: one hierarchy for each controller. */
const V1_HOST = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;
const V1_PATHS = '4:memory:/slice/service\n2:cpuacct:/\n1:cpu:/\n0::/\n';

/** A container of Docker on it: each mount shows the container's own group. */
const V1_CONTAINER = `700 699 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:11 - cgroup cgroup rw,cpu,cpuacct
701 699 0:32 /docker/abc /sys/fs/cgroup/memory ro,nosuid master:14 - cgroup cgroup rw,memory
`;
const V1_CONTAINER_PATHS = '4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n';

describe('with version 2', () => {
  test('a process on a host is in groups within groups, its own first', () => {
    const own = { cgroup: '0::/system.slice/host-agent.service\n', mountinfo: V2_HOST };
    expect(groupFolders(own, 'memory')).toEqual({
      version: 2,
      folders: [
        '/sys/fs/cgroup/system.slice/host-agent.service',
        '/sys/fs/cgroup/system.slice',
        '/sys/fs/cgroup',
      ],
      partial: false,
    });
  });

  test('a container with a namespace of its own sees its group as the root', () => {
    expect(groupFolders({ cgroup: '0::/\n', mountinfo: V2_HOST }, 'cpu')?.folders).toEqual([
      '/sys/fs/cgroup',
    ]);
  });

  test('a path that leads out of what is seen is not followed', () => {
    const own = { cgroup: '0::/../../other\n', mountinfo: V2_HOST };
    expect(groupFolders(own, 'cpu')?.folders).toEqual(['/sys/fs/cgroup']);
  });
});

describe('with version 1', () => {
  const own = { cgroup: V1_PATHS, mountinfo: V1_HOST };

  test('each controller has groups of its own, also beside version 2', () => {
    expect(groupFolders(own, 'memory')).toEqual({
      version: 1,
      folders: [
        '/sys/fs/cgroup/memory/slice/service',
        '/sys/fs/cgroup/memory/slice',
        '/sys/fs/cgroup/memory',
      ],
      partial: false,
    });
    expect(groupFolders(own, 'cpuacct')?.folders).toEqual(['/sys/fs/cgroup/cpuacct']);
  });

  test('a controller that no hierarchy of version 1 has is looked for in version 2', () => {
    expect(groupFolders(own, 'cpuset')).toMatchObject({
      version: 2,
      folders: ['/sys/fs/cgroup/unified'],
    });
  });

  test('a container sees a part of each hierarchy', () => {
    const inside = { cgroup: V1_CONTAINER_PATHS, mountinfo: V1_CONTAINER };
    expect(groupFolders(inside, 'memory')).toEqual({
      version: 1,
      folders: ['/sys/fs/cgroup/memory'],
      partial: true,
    });
    expect(groupFolders(inside, 'cpu')?.folders).toEqual(['/sys/fs/cgroup/cpu,cpuacct']);
  });

  test('a group within a container is found below its mount', () => {
    const inside = { cgroup: '4:memory:/docker/abc/job\n', mountinfo: V1_CONTAINER };
    expect(groupFolders(inside, 'memory')?.folders).toEqual([
      '/sys/fs/cgroup/memory/job',
      '/sys/fs/cgroup/memory',
    ]);
  });
});

test('a mount with a space in its path is found', () => {
  const own = { cgroup: '0::/\n', mountinfo: String.raw`35 24 0:30 / /my\040groups rw - cgroup2 cgroup2 rw` };
  expect(groupFolders(own, 'cpu')?.folders).toEqual(['/my groups']);
});

test.each([
  ['no files at all', '', ''],
  ['no control groups', '0::/\n', '23 1 0:21 / /proc rw - proc proc rw\n'],
  ['lines that are cut off', '0::', '35 24 0:30'],
])('with %s there are none', (_, cgroup, mountinfo) => {
  expect(groupFolders({ cgroup, mountinfo }, 'memory')).toBeNull();
});
