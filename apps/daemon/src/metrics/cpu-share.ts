/** Share of processors in use between two samples. Pure. */

/** One look at a counter of used processor time and at the time that could have been used by then. */
export type CpuSample = { used: number; available: number };

/** 0 to 100; `null` when the samples are not two looks at one counter, in order. */
export function cpuPercent(before: CpuSample | null, after: CpuSample | null): number | null {
  if (before === null || after === null) return null;
  const used = after.used - before.used;
  const available = after.available - before.available;
  if (available <= 0 || used < 0) return null;
  return Math.min(100, Math.round((used / available) * 1000) / 10);
}
