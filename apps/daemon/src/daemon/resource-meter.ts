import type { ResourceMetrics } from '@fettle/contract';
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cgroupPath,
  readCgroupV1,
  readCgroupV2,
  type CgroupFiles,
  type CgroupUsage,
} from '../metrics/cgroup.ts';
import { cpuPercent, type CpuSample } from '../metrics/cpu-share.ts';
import { parseMeminfo, parseProcStat } from '../metrics/proc.ts';

const CGROUP_ROOT = '/sys/fs/cgroup';
const MB = 1024 * 1024;
/** Two looks closer than this would measure our own work. */
const MIN_SAMPLE_MS = 500;

/** Measures what the machine uses. */
export type ResourceMeter = { measure(): Promise<ResourceMetrics> };

/**
 * A meter for the machine whose disk is mounted at `root`. What the machine's control group limits is measured against
 * the limit; what it does not limit, against the whole host.
 */
export function createResourceMeter(root: string): ResourceMeter {
  let last: { at: number; sample: CpuSample; percent: number | null } | null = null;

  function cpu(usage: CgroupUsage | null): number | null {
    const at = performance.now();
    const sample = cpuSample(usage, at);
    if (sample === null) return null;
    if (last !== null && at - last.at < MIN_SAMPLE_MS) return last.percent;
    last = { at, sample, percent: cpuPercent(last?.sample ?? null, sample) };
    return last.percent;
  }

  return {
    async measure() {
      const usage = readOwnCgroup();
      return { cpuPercent: cpu(usage), ...memory(usage), diskUsedPercent: await diskUsedPercent(root) };
    },
  };
}

function cpuSample(usage: CgroupUsage | null, at: number): CpuSample | null {
  if (usage !== null && usage.cpuLimit !== null && usage.cpuUsedMs !== null) {
    return { used: usage.cpuUsedMs, available: at * usage.cpuLimit };
  }
  const stat = parseProcStat(readText('/proc/stat') ?? '');
  return stat && { used: stat.busyTicks, available: stat.totalTicks };
}

function memory(usage: CgroupUsage | null): Pick<ResourceMetrics, 'memoryUsedMb' | 'memoryTotalMb'> {
  if (usage !== null && usage.memoryLimitBytes !== null && usage.memoryUsedBytes !== null) {
    return { memoryUsedMb: toMb(usage.memoryUsedBytes), memoryTotalMb: toMb(usage.memoryLimitBytes) };
  }
  const info = parseMeminfo(readText('/proc/meminfo') ?? '');
  return { memoryUsedMb: info && toMb(info.usedBytes), memoryTotalMb: info && toMb(info.totalBytes) };
}

/** As `df` computes it: what is reserved for root counts neither as used nor as free. */
async function diskUsedPercent(root: string): Promise<number | null> {
  const { blocks, bfree, bavail } = await statfs(root);
  const used = blocks - bfree;
  return used + bavail > 0 ? Math.round((used / (used + bavail)) * 1000) / 10 : null;
}

function readOwnCgroup(): CgroupUsage | null {
  const own = readText('/proc/self/cgroup');
  if (own === null) return null;
  if (readText(join(CGROUP_ROOT, 'cgroup.controllers')) !== null) {
    return readCgroupV2(filesIn([join(CGROUP_ROOT, cgroupPath(own, null) ?? '/'), CGROUP_ROOT]));
  }
  const memoryFiles = filesIn(v1Folders(own, 'memory'));
  const cpuFiles = filesIn([...v1Folders(own, 'cpu'), ...v1Folders(own, 'cpuacct')]);
  return readCgroupV1((name) => (name.startsWith('memory.') ? memoryFiles(name) : cpuFiles(name)));
}

/** Inside a container the own group may be mounted at the hierarchy's root while `/proc` still tells the outer path. */
function v1Folders(own: string, controller: string): string[] {
  const mount = join(CGROUP_ROOT, controller);
  return [join(mount, cgroupPath(own, controller) ?? '/'), mount];
}

function filesIn(folders: readonly string[]): CgroupFiles {
  return (name) => {
    for (const folder of folders) {
      const text = readText(join(folder, name));
      if (text !== null) return text;
    }
    return null;
  };
}

/** `null` for a file that is not there: another kernel, another system. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // absence is the answer
  }
}

function toMb(bytes: number): number {
  return Math.round((bytes / MB) * 10) / 10;
}
