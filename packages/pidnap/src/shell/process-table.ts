import { closeSync, openSync, readSync, readdirSync, readlinkSync } from 'node:fs';
import { readMarksFromText, type RunMark } from '../core/run-mark.ts';
import type { TreeRow } from '../core/tree.ts';

/** One row of /proc. */
export interface ProcessRow extends TreeRow {
  readonly threads: number;
}

const chunk = Buffer.allocUnsafe(65_536);
/** Lists of /proc come in pieces of just under a page (4096 bytes at least): less than half of one is all there is. */
const SURELY_ALL = 2048;

/** Every process of this pid namespace that can be seen; empty where there is no /proc. */
export function readProcessTable(): ProcessRow[] {
  return listPids().flatMap((pid) => readProcessRow(pid) ?? []);
}

/** One process; null when it is gone, or not for us to see. */
export function readProcessRow(pid: number): ProcessRow | null {
  const stat = readText(`/proc/${pid}/stat`);
  return stat === null ? null : parseStat(pid, stat);
}

/** Reads the text of `/proc/<pid>/stat`; the fields are those of proc_pid_stat(5). */
export function parseStat(pid: number, stat: string): ProcessRow {
  // The command name in parentheses may itself hold spaces and parentheses: fields are counted from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 20);
  const state = fields[0];
  const threads = Number(fields[17]);
  return {
    pid,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    // A program whose first thread has ended is shown as a zombie as well, while its other threads go on.
    zombie: (state === 'Z' || state === 'X') && threads <= 1,
    startTicks: Number(fields[19]),
    threads,
  };
}

/** The environment a process was started with; empty when it is gone or not ours to read. */
export function readEnvironment(pid: number): Map<string, string> {
  const text = readText(`/proc/${pid}/environ`, 'utf8') ?? '';
  return new Map(
    text.split('\0').flatMap((entry) => {
      const at = entry.indexOf('=');
      return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)] as const] : [];
    }),
  );
}

/**
 * Marks in the environment of a process; none when it is not for us to see. Null when it has no environment: it is ending,
 * or, for a moment, just starting another program (its memory is exchanged and not filled yet).
 */
export function readMarksOf(pid: number): RunMark[] | null {
  try {
    const environ = readFile(`/proc/${pid}/environ`);
    return environ === '' ? null : readMarksFromText(environ);
  } catch (error) {
    // What has given its memory back already is not found any more.
    if (isErrno(error, 'ESRCH', 'ENOENT')) return null;
    if (isErrno(error, ...NOT_SEEN)) return [];
    throw error;
  }
}

/**
 * Children of a process, in the order in which it got them. Every thread has a list of its own; orphans are always
 * handed to the first. Null when they cannot be read. Entries can be missing when siblings end during the read
 * (proc_pid_children(5)): no answer here is proof that a process does not exist.
 */
export function readChildren(pid: number, threads: 'first' | 'all'): number[] | null {
  if (threads === 'first') return toPids(readChildrenText(pid));
  return listPids(`/proc/${pid}/task`).flatMap((thread) => toPids(readChildrenText(pid, thread)) ?? []);
}

/** The list of children of a thread, by default the first, as it is; for a comparison with an earlier one. */
export function readChildrenText(pid: number, thread = pid): string | null {
  return readText(`/proc/${pid}/task/${thread}/children`);
}

/** Numbers of a list of children. */
export function toPids(text: string | null): number[] | null {
  return text?.split(' ').filter(Boolean).map(Number) ?? null;
}

/** Numbers of the processes that can be seen; empty where there is no /proc. */
export function listPids(dir = '/proc'): number[] {
  try {
    return readdirSync(dir).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch (error) {
    if (isErrno(error, ...NOT_SEEN)) return [];
    throw error;
  }
}

/** This process, everything above it as far as it can be seen, and process 1. */
export function readAncestors(): Set<number> {
  const found = new Set([process.pid]);
  for (let pid = process.ppid; pid > 0 && !found.has(pid); pid = readProcessRow(pid)?.parent ?? 0)
    found.add(pid);
  return found.add(1);
}

/** What /proc can tell: `children`: lists of children too. `none`: nothing, or the numbers of another pid namespace. */
export type ProcSupport = 'children' | 'rows' | 'none';

let support: ProcSupport | undefined;

/** Looked up once. */
export function procSupport(): ProcSupport {
  return (support ??= lookUpSupport());
}

function lookUpSupport(): ProcSupport {
  try {
    // In a pid namespace without a /proc of its own, every number in /proc means somebody else.
    if (readlinkSync('/proc/self') !== String(process.pid)) return 'none';
  } catch {
    // No /proc: not Linux, or not mounted.
    return 'none';
  }
  return readChildrenText(process.pid) === null ? 'rows' : 'children';
}

const NOT_SEEN = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'];

/** The text of a small file of /proc; null when it cannot be seen. */
function readText(path: string, encoding?: 'latin1' | 'utf8'): string | null {
  try {
    return readFile(path, encoding);
  } catch (error) {
    // Processes end while they are looked at, and those of other users are closed to us: both count as not seen.
    if (isErrno(error, ...NOT_SEEN)) return null;
    throw error;
  }
}

/** One open, one read into the same memory every time, and no look at the size: half the time of `readFileSync`. */
function readFile(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string {
  const fd = openSync(path, 'r');
  try {
    return readAll(fd, encoding);
  } finally {
    closeSync(fd);
  }
}

/** A file of /proc that is kept open and read from its beginning every time. */
export class ProcFile {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Null when it cannot be seen. */
  static open(path: string): ProcFile | null {
    try {
      return new ProcFile(openSync(path, 'r'));
    } catch (error) {
      if (isErrno(error, ...NOT_SEEN)) return null;
      throw error;
    }
  }

  /** Empty when its process is gone; a file that is open never comes to mean another process. */
  read(): string {
    try {
      return readAll(this.#fd, 'latin1', 0);
    } catch (error) {
      if (isErrno(error, ...NOT_SEEN)) return '';
      throw error;
    }
  }
}

/** From the place where the file stands, or from `start`. */
function readAll(fd: number, encoding: 'latin1' | 'utf8', start: number | null = null): string {
  let bytes = readSync(fd, chunk, 0, chunk.length, start);
  if (bytes < SURELY_ALL) return chunk.toString(encoding, 0, bytes);
  const pieces: Buffer[] = [];
  for (let at = start; bytes > 0; bytes = readSync(fd, chunk, 0, chunk.length, at)) {
    pieces.push(Buffer.from(chunk.subarray(0, bytes)));
    if (at !== null) at += bytes;
  }
  return Buffer.concat(pieces).toString(encoding);
}

/** The error is a system error with one of these codes. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
