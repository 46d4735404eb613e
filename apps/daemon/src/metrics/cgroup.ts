/** Reads the text of the kernel's control group files. Pure; `null` where a file is missing or says nothing of use. */

/** Contents of a file; `null` when it cannot be read. */
export type FileText = string | null;

/** v1 has no word for "no limit" but a number near 2^63, rounded to the page size. */
const V1_UNLIMITED = 2 ** 62;

/** Names of the files that tell about memory and cpu, by version of the control groups. */
export const GROUP_FILES = {
  1: {
    memoryLimit: 'memory.limit_in_bytes',
    memoryUsed: 'memory.usage_in_bytes',
    memoryStat: 'memory.stat',
    memoryEvents: 'memory.oom_control',
    inactiveFile: 'total_inactive_file',
    cpuUsed: 'cpuacct.usage',
    cpuSet: 'cpuset.effective_cpus',
  },
  2: {
    memoryLimit: 'memory.max',
    memoryUsed: 'memory.current',
    memoryStat: 'memory.stat',
    memoryEvents: 'memory.events',
    inactiveFile: 'inactive_file',
    cpuUsed: 'cpu.stat',
    cpuSet: 'cpuset.cpus.effective',
  },
} as const;

/** A limit of memory in bytes; `null`: none. */
export function memoryLimit(text: FileText): number | null {
  const limit = wholeNumber(text);
  return limit === null || limit >= V1_UNLIMITED ? null : limit;
}

/**
 * Memory in use, in bytes: what is charged, without the page cache that nobody has used for a while and that the kernel
 * gives back first. This is the figure that Docker shows.
 */
export function memoryUsed(used: FileText, stat: FileText, inactiveFile: string): number | null {
  const charged = wholeNumber(used);
  return charged === null ? null : Math.max(0, charged - (field(stat, inactiveFile) ?? 0));
}

/** Processes of the group that the kernel ended for memory, from `memory.events` (v2) or `memory.oom_control` (v1). */
export function memoryKills(text: FileText): number | null {
  return field(text, 'oom_kill');
}

/** Processors that `cpu.max` allows (`50000 100000`: 0.5); `null`: as many as there are. */
export function cpuMax(text: FileText): number | null {
  const [quota, period] = (text ?? '').trim().split(/\s+/);
  return processors(wholeNumber(quota ?? null), wholeNumber(period ?? null));
}

/** The same from the two files of version 1; a quota of -1 is none. */
export function cfsQuota(quota: FileText, period: FileText): number | null {
  return processors(wholeNumber(quota), wholeNumber(period));
}

/** Processor time that the group has used, in milliseconds, from `cpu.stat` (v2) or `cpuacct.usage` (v1). */
export function cpuUsedMs(text: FileText, version: 1 | 2): number | null {
  const used = version === 1 ? wholeNumber(text) : field(text, 'usage_usec');
  return used === null ? null : used / (version === 1 ? 1e6 : 1e3);
}

/** Processors in a list such as `0-3,7`; `null` when it is empty or no list. */
export function cpuSetSize(text: FileText): number | null {
  let size = 0;
  for (const range of (text ?? '').trim().split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined) return null;
    size += Math.max(0, Number(last) - Number(first) + 1);
  }
  return size > 0 ? size : null;
}

/** Process ids, one a line. */
export function processIds(text: FileText): number[] {
  return (text ?? '').split('\n').filter(Boolean).map(Number).filter(Number.isSafeInteger);
}

function processors(quota: number | null, period: number | null): number | null {
  return quota !== null && period !== null && quota > 0 && period > 0 ? quota / period : null;
}

function wholeNumber(text: FileText): number | null {
  const trimmed = (text ?? '').trim();
  return /^-?\d+$/.test(trimmed) ? Number(trimmed) : null;
}

/** A line `name value`. */
function field(text: FileText, name: string): number | null {
  if (text === null) return null;
  const at = text.startsWith(`${name} `) ? 0 : text.indexOf(`\n${name} `) + 1;
  if (at === 0 && !text.startsWith(`${name} `)) return null;
  const end = text.indexOf('\n', at);
  return wholeNumber(text.slice(at + name.length + 1, end < 0 ? undefined : end));
}
