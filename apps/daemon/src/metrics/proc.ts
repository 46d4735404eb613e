/** Reads the text of `/proc`. Pure; `null` when a text is missing or not what it should be. */
import type { FileText } from './cgroup.ts';

/** Memory of the whole host in bytes, from `/proc/meminfo`. */
export function parseMeminfo(text: FileText): { totalBytes: number; usedBytes: number } | null {
  const total = kilobytes(text, 'MemTotal:');
  const available = kilobytes(text, 'MemAvailable:');
  if (total === null || available === null) return null;
  return { totalBytes: total * 1024, usedBytes: Math.max(0, total - available) * 1024 };
}

/**
 * Processor time of all processors together from `/proc/stat`, in clock ticks. Time given to guests is left out: the
 * kernel counts it in `user` already. `iowait` counts as idle.
 */
export function parseProcStat(text: FileText): { busyTicks: number; totalTicks: number } | null {
  if (text === null || !text.startsWith('cpu ')) return null;
  const end = text.indexOf('\n');
  const fields = numbers(text.slice(4, end < 0 ? undefined : end));
  if (fields === null || fields.length < 5) return null;
  const total = fields.slice(0, 8).reduce((sum, one) => sum + one, 0);
  return { busyTicks: total - (fields[3] ?? 0) - (fields[4] ?? 0), totalTicks: total };
}

/** Load average of the last minute, from `/proc/loadavg`. */
export function parseLoad1(text: FileText): number | null {
  const load = /^\d+\.\d+/.exec(text ?? '')?.[0];
  return load === undefined ? null : Number(load);
}

/** Bytes over all interfaces but the loopback since they came up, from `/proc/net/dev`. */
export function parseNetDev(text: FileText): { receivedBytes: number; sentBytes: number } | null {
  if (text === null || !text.includes('|bytes')) return null;
  let receivedBytes = 0;
  let sentBytes = 0;
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0 || line.slice(0, colon).trim() === 'lo') continue;
    const fields = numbers(line.slice(colon + 1));
    // Eight columns are about receiving, the ninth is what was sent. A line that was cut off is left out.
    if (fields === null || fields.length < 9) continue;
    receivedBytes += fields[0] ?? 0;
    sentBytes += fields[8] ?? 0;
  }
  return { receivedBytes, sentBytes };
}

/** Microseconds in which something waited, since the group or the host came up, from a file of PSI. */
export function parsePressure(text: FileText): number | null {
  const total = /^some .*\btotal=(\d+)$/m.exec(text ?? '')?.[1];
  return total === undefined ? null : Number(total);
}

/** Open files of the whole kernel, from `/proc/sys/fs/file-nr`. */
export function parseFileNr(text: FileText): number | null {
  const [allocated, unused = 0] = numbers(text ?? '') ?? [];
  return allocated === undefined ? null : Math.max(0, allocated - unused);
}

/** A line `name   value kB`. */
function kilobytes(text: FileText, name: string): number | null {
  const at = text === null ? -1 : text.indexOf(name);
  if (text === null || at < 0) return null;
  const value = /^\s+(\d+) kB/.exec(text.slice(at + name.length, at + name.length + 40))?.[1];
  return value === undefined ? null : Number(value);
}

/** Whole numbers between blanks; `null` when something else is among them, or nothing at all. */
function numbers(text: string): number[] | null {
  const found = text.trim().split(/\s+/).map(Number);
  return text.trim() !== '' && found.every((one) => Number.isSafeInteger(one) && one >= 0) ? found : null;
}
