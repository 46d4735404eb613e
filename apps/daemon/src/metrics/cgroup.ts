/** Reads the text of the kernel's control group files. Pure; `null` where a file says nothing of use. */

/** What one control group may use and has used. */
export type CgroupUsage = {
  memoryLimitBytes: number | null;
  /** Without the page cache that the kernel gives back on demand. */
  memoryUsedBytes: number | null;
  /** Processors, e.g. 0.5. */
  cpuLimit: number | null;
  /** Processor time used since the group was made. */
  cpuUsedMs: number | null;
};

/** Contents of files by name, `null` for those that cannot be read. */
export type CgroupFiles = (name: string) => string | null;

/** v1 has no word for "no limit" but a number near 2^63, rounded to the page size. */
const V1_UNLIMITED = 2 ** 62;

/** Control group v2 (one hierarchy). */
export function readCgroupV2(file: CgroupFiles): CgroupUsage {
  const used = toNumber(file('memory.current'));
  const usedUs = statValue(file('cpu.stat'), 'usage_usec');
  const [quota, period] = (file('cpu.max') ?? '').trim().split(/\s+/).map(Number);
  return {
    memoryLimitBytes: toNumber(file('memory.max')),
    memoryUsedBytes: withoutCache(used, statValue(file('memory.stat'), 'inactive_file')),
    cpuLimit: share(quota, period),
    cpuUsedMs: usedUs === null ? null : usedUs / 1000,
  };
}

/** Control group v1 (one hierarchy for each controller). */
export function readCgroupV1(file: CgroupFiles): CgroupUsage {
  const limit = toNumber(file('memory.limit_in_bytes'));
  const used = toNumber(file('memory.usage_in_bytes'));
  const usedNs = toNumber(file('cpuacct.usage'));
  return {
    memoryLimitBytes: limit === null || limit >= V1_UNLIMITED ? null : limit,
    memoryUsedBytes: withoutCache(used, statValue(file('memory.stat'), 'total_inactive_file')),
    cpuLimit: share(
      toNumber(file('cpu.cfs_quota_us')) ?? -1,
      toNumber(file('cpu.cfs_period_us')) ?? undefined,
    ),
    cpuUsedMs: usedNs === null ? null : usedNs / 1e6,
  };
}

/**
 * Path of our own group in `/proc/self/cgroup`: of the v2 hierarchy when `controller` is `null`, else of the v1
 * hierarchy that has the controller.
 */
export function cgroupPath(procSelfCgroup: string, controller: string | null): string | null {
  for (const line of procSelfCgroup.split('\n')) {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (!match) continue;
    const [, id, controllers = '', path = ''] = match;
    if (controller === null ? id === '0' && controllers === '' : controllers.split(',').includes(controller))
      return path;
  }
  return null;
}

function share(quota: number | undefined, period: number | undefined): number | null {
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return null;
  return quota / period;
}

function withoutCache(used: number | null, cache: number | null): number | null {
  return used === null ? null : Math.max(0, used - (cache ?? 0));
}

function toNumber(text: string | null): number | null {
  if (text === null || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function statValue(text: string | null, name: string): number | null {
  const line = text?.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? null : toNumber(line.slice(name.length + 1));
}
