import { statfsSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { monotonicMs } from '../daemon/monotonic.ts';
import { GROUP_FILES, cfsQuota, cpuMax, cpuUsedMs, memoryLimit, memoryUsed } from '../metrics/cgroup.ts';
import { parseLoad1, parseMeminfo, parseNetDev, parsePressure, parseProcStat } from '../metrics/proc.ts';
import type { CpuCounter, ResourceReading } from '../metrics/resource-figures.ts';
import { keepFile, type KeptFile } from './kept-file.ts';
import { findMachineGroups, type MachineGroups } from './machine-groups.ts';
import { countOpenFiles } from './open-files.ts';

/** Looks at everything that is measured. */
export type Collectors = {
  /** One look, without a wait. What this system does not tell is `null`. */
  sample(): ResourceReading;
  close(): void;
};

/**
 * Collectors for the machine whose disk is mounted at `root`. What its control groups bound is read there; the rest, and
 * everything where there are none, from the whole host. Files stay open between looks.
 */
export function createCollectors({ root }: { root: string }): Collectors {
  let sources: Sources | null = null;
  const close = () => {
    sources?.close();
    sources = null;
  };
  return {
    sample() {
      sources ??= openSources();
      const reading = { ...sources.read(monotonicMs()), disk: readDisk(root) };
      // Groups are moved and made anew; the next look finds them again.
      if (sources.failed()) close();
      return reading;
    },
    close,
  };
}

type Sources = { read(at: number): Omit<ResourceReading, 'disk'>; failed(): boolean; close(): void };

function openSources(): Sources {
  const opened: KeptFile[] = [];
  let failed = false;
  const open = (path: string) => {
    const file = keepFile(path);
    if (file === null) return () => null;
    opened.push(file);
    // Some files are there and cannot be read, such as those of PSI where it is switched off.
    if (file.read() === null) return () => null;
    return () => {
      const text = file.read();
      failed ||= text === null;
      return text;
    };
  };

  const meminfo = open('/proc/meminfo');
  const hostMemory = parseMeminfo(meminfo())?.totalBytes ?? Infinity;
  const groups = findMachineGroups({ hostMemory, hostProcessors: availableParallelism() });
  const cpu = groups.cpu ? groupCpu(open, groups.cpu, groups.processors) : hostCpu(open, groups.processors);
  const memory = groups.memory ? groupMemory(open, groups.memory, hostMemory) : hostMemoryUse(meminfo);
  const network = open('/proc/self/net/dev');
  const load = open('/proc/loadavg');
  const pressure = openPressure(open, groups);
  const openFiles = countOpenFiles(groups.all);

  return {
    read: (at) => ({
      at,
      cpu: cpu(at),
      memory: memory(),
      // macOS has no such file, but the figure.
      load1: parseLoad1(load()) ?? (process.platform === 'darwin' ? (loadavg()[0] ?? null) : null),
      network: parseNetDev(network()),
      openFiles: openFiles.read(at),
      pressure: pressure(),
    }),
    failed: () => failed,
    close() {
      for (const file of opened) file.close();
      openFiles.close();
    },
  };
}

type Open = (path: string) => () => string | null;

function groupCpu(
  open: Open,
  { version, folder, usedIn }: NonNullable<MachineGroups['cpu']>,
  processors: number,
): (at: number) => CpuCounter | null {
  const used = open(join(usedIn, GROUP_FILES[version].cpuUsed));
  const quota = open(join(folder, version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us'));
  const period = version === 2 ? () => null : open(join(folder, 'cpu.cfs_period_us'));
  return (at) => {
    const usedMs = cpuUsedMs(used(), version);
    if (usedMs === null) return null;
    const allowed = version === 2 ? cpuMax(quota()) : cfsQuota(quota(), period());
    const limit = Math.min(allowed ?? processors, processors);
    return { source: `cgroup${version}`, used: usedMs, clock: at, perClock: limit, limit };
  };
}

function hostCpu(open: Open, processors: number): () => CpuCounter | null {
  const stat = open('/proc/stat');
  return () => {
    const ticks = parseProcStat(stat());
    return (
      ticks && {
        source: 'proc',
        used: ticks.busyTicks,
        clock: ticks.totalTicks,
        perClock: 1,
        limit: processors,
      }
    );
  };
}

function groupMemory(
  open: Open,
  { version, folder }: NonNullable<MachineGroups['memory']>,
  hostMemory: number,
): () => ResourceReading['memory'] {
  const names = GROUP_FILES[version];
  const limit = open(join(folder, names.memoryLimit));
  const used = open(join(folder, names.memoryUsed));
  const stat = open(join(folder, names.memoryStat));
  return () => {
    const usedBytes = memoryUsed(used(), stat(), names.inactiveFile);
    const totalBytes = Math.min(memoryLimit(limit()) ?? hostMemory, hostMemory);
    if (usedBytes === null || !Number.isFinite(totalBytes)) return null;
    return { source: `cgroup${version}`, usedBytes, totalBytes };
  };
}

function hostMemoryUse(meminfo: () => string | null): () => ResourceReading['memory'] {
  return () => {
    const memory = parseMeminfo(meminfo());
    return memory && { source: 'proc', ...memory };
  };
}

/** Version 2 tells it for a group, version 1 does not; what the whole host waits for is not about a machine within it. */
function openPressure(open: Open, { all }: MachineGroups): () => ResourceReading['pressure'] {
  if (all?.version === 1) return () => ({ cpu: null, memory: null, io: null });
  const file = (kind: string) => open(all ? join(all.folder, `${kind}.pressure`) : `/proc/pressure/${kind}`);
  const [cpu, memory, io] = [file('cpu'), file('memory'), file('io')];
  return () => ({
    cpu: parsePressure(cpu()),
    memory: parsePressure(memory()),
    io: parsePressure(io()),
  });
}

/** `null` for a disk that does not answer: what is wrong with it shows elsewhere. */
function readDisk(root: string): ResourceReading['disk'] {
  try {
    const { bsize, blocks, bfree, bavail } = statfsSync(root);
    return {
      usedBytes: (blocks - bfree) * bsize,
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
    };
  } catch {
    return null; // the figure is unknown, and nothing else depends on it
  }
}
