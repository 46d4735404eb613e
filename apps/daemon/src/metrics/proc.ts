/** Reads the text of `/proc`: the whole host, for machines that have no limits of their own. Pure. */

/** Memory in bytes from `/proc/meminfo`; `null` when the text is not that. */
export function parseMeminfo(text: string): { totalBytes: number; usedBytes: number } | null {
  const total = kilobytes(text, 'MemTotal');
  const available = kilobytes(text, 'MemAvailable');
  if (total === null || available === null) return null;
  return { totalBytes: total * 1024, usedBytes: Math.max(0, total - available) * 1024 };
}

/**
 * Processor time of all processors together from `/proc/stat`, in clock ticks. Time given to guests is left out: the
 * kernel counts it in `user` already. `iowait` counts as idle.
 */
export function parseProcStat(text: string): { busyTicks: number; totalTicks: number } | null {
  const fields = /^cpu\s+(.+)$/m.exec(text)?.[1]?.trim().split(/\s+/).map(Number);
  if (!fields || fields.length < 5 || fields.some((field) => !Number.isFinite(field))) return null;
  const total = fields.slice(0, 8).reduce((sum, field) => sum + field, 0);
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
  return { busyTicks: total - idle, totalTicks: total };
}

function kilobytes(text: string, name: string): number | null {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return value === undefined ? null : Number(value);
}
