import { readdirSync, readFileSync } from 'node:fs';

/** One process as the kernel lists it. */
export type ProcessRow = { pid: number; parent: number; zombie: boolean };

/** Every process of the machine at this moment. */
export function readProcesses(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** The processes and everything that descends from them, ended ones left out. */
export function withDescendants(roots: readonly number[], rows: readonly ProcessRow[]): number[] {
  const family = new Set(roots);
  for (let size = -1; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of rows) if (family.has(parent)) family.add(pid);
  }
  return rows.filter(({ pid, zombie }) => family.has(pid) && !zombie).map(({ pid }) => pid);
}

/** False once it has ended, even when nobody has reaped it. */
export function isRunning(pid: number): boolean {
  const row = readProcess(pid);
  return row !== undefined && !row.zombie;
}

/** Whether its command line or its environment holds the text. */
export function mentions(pid: number, text: string): boolean {
  return ['cmdline', 'environ'].some((file) => readIfThere(`/proc/${pid}/${file}`)?.includes(text) ?? false);
}

/** Nanoseconds on a processor since it started, all threads that still run. Throws when it has ended. */
export function cpuNanoseconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, ns) => sum + ns, 0);
}

/**
 * Bytes in memory. `resident` counts shared pages in full; `proportional` divides each by the number of processes that
 * have it, so that it can be added up over a family. Throws when the process has ended.
 */
export function memoryOf(pid: number): { resident: number; proportional: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return { resident: kilobytes(text, 'Rss') * 1024, proportional: kilobytes(text, 'Pss') * 1024 };
}

/** The most resident memory since its start or since `forgetPeak`, in bytes. */
export function peakResident(pid: number): number {
  return kilobytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM') * 1024;
}

/** Bytes that the process has handed to `write` since it started. */
export function bytesWritten(pid: number): number {
  return Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);
}

function kilobytes(text: string, field: string): number {
  const value = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`the kernel does not tell ${field}`);
  return Number(value);
}

function readProcess(pid: number): ProcessRow | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name, in parentheses, may hold anything.
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(parent), zombie: state === 'Z' || state === 'X' };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it ended between the listing and this
  }
}
