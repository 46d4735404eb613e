import { readFileSync, readdirSync } from 'node:fs';

/** One row of /proc. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Ended, not reaped yet: nothing of it runs any more. */
  readonly zombie: boolean;
  /** Clock ticks after boot at which it began; with the pid it identifies a process for good. */
  readonly startTicks: number;
}

/** Every process of this pid namespace; empty where there is no /proc. */
export function readProcessTable(): ProcessRow[] {
  return listPids().flatMap((pid) => readProcessRow(pid) ?? []);
}

/** One process; null when it is gone. */
export function readProcessRow(pid: number): ProcessRow | null {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The command name in parentheses may itself hold spaces and parentheses: fields are counted from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group, session] = fields;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    zombie: state === 'Z' || state === 'X',
    startTicks: Number(fields[19]),
  };
}

/** The environment a process was started with; empty when it is gone or not ours to read. */
export function readEnvironment(pid: number): Map<string, string> {
  const text = readText(`/proc/${pid}/environ`) ?? '';
  return new Map(
    text.split('\0').flatMap((entry) => {
      const at = entry.indexOf('=');
      return at > 0 ? [[entry.slice(0, at), entry.slice(at + 1)] as const] : [];
    }),
  );
}

function listPids(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Processes end while the table is read, and those of other users are closed to us: both count as not seen.
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return null;
    throw error;
  }
}

/** The error is a system error with one of these codes. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
