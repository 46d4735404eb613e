/** From two looks at the kernel's counters to what a machine uses. Pure. */
import type { MetricSource, ResourcePoint } from '@fettle/contract';

/** One look. Counters are as the kernel has them; `null` where this system has none. */
export type ResourceReading = {
  /** By a monotonic clock, in milliseconds. */
  at: number;
  cpu: CpuCounter | null;
  memory: { source: MetricSource; usedBytes: number; totalBytes: number } | null;
  disk: { usedBytes: number; freeBytes: number; totalBytes: number } | null;
  load1: number | null;
  network: { receivedBytes: number; sentBytes: number } | null;
  openFiles: number | null;
  /** Microseconds of waiting. */
  pressure: { cpu: number | null; memory: number | null; io: number | null };
};

/** Processor time used, and the clock that it is held against. */
export type CpuCounter = {
  source: MetricSource;
  /** In the unit of `clock`. */
  used: number;
  /** Time that passed: for one processor, or `/proc/stat`'s ticks for all of them. */
  clock: number;
  /** How much can be used while the clock moves by one. */
  perClock: number;
  /** Processors that the machine may use. */
  limit: number;
};

/** The figures of a `ResourcePoint`. */
export type ResourceFigures = Omit<ResourcePoint, 'kind' | 'seq' | 'ageMs' | 'droppedBefore'>;

const MB = 1024 * 1024;

/** What the machine uses now, and what it used since the look before; `null` for that when there was none. */
export function resourceFigures(before: ResourceReading | null, after: ResourceReading): ResourceFigures {
  const { cpu, memory, disk, network, pressure } = after;
  const coversMs = before === null ? null : Math.max(0, after.at - before.at);
  const waiting = (kind: keyof ResourceReading['pressure']) =>
    percent(added(before?.pressure[kind], pressure[kind]), coversMs === null ? null : coversMs * 1000);
  return {
    cpuPercent: cpuPercent(before?.cpu ?? null, cpu),
    cpuSource: cpu?.source ?? null,
    cpuLimit: cpu && round(cpu.limit, 100),
    memoryUsedMb: memory && round(memory.usedBytes / MB),
    memoryTotalMb: memory && round(memory.totalBytes / MB),
    memorySource: memory?.source ?? null,
    load1: after.load1,
    // As `df` computes it: what is reserved for root counts neither as used nor as free.
    diskUsedPercent: disk && percent(disk.usedBytes, disk.usedBytes + disk.freeBytes),
    diskUsedMb: disk && round(disk.usedBytes / MB),
    diskTotalMb: disk && round(disk.totalBytes / MB),
    networkReceivedBytes: added(before?.network?.receivedBytes, network?.receivedBytes),
    networkSentBytes: added(before?.network?.sentBytes, network?.sentBytes),
    openFiles: after.openFiles,
    cpuPressurePercent: waiting('cpu'),
    memoryPressurePercent: waiting('memory'),
    ioPressurePercent: waiting('io'),
    coversMs: coversMs === null ? null : Math.round(coversMs),
  };
}

/** 0 to 100; `null` when the two are not looks at one counter, in order. */
function cpuPercent(before: CpuCounter | null, after: CpuCounter | null): number | null {
  if (before === null || after === null || before.source !== after.source) return null;
  const used = added(before.used, after.used);
  return percent(used, (after.clock - before.clock) * after.perClock);
}

/** What a counter grew by; `null` when it went back: it began anew, and nobody knows when. */
function added(before: number | null = null, after: number | null = null): number | null {
  return before === null || after === null || after < before ? null : after - before;
}

function percent(part: number | null, whole: number | null): number | null {
  if (part === null || whole === null || whole <= 0) return null;
  return Math.min(100, round((part / whole) * 100));
}

function round(value: number, parts = 10): number {
  return Math.round(value * parts) / parts;
}
