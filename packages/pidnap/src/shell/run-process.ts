import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, statSync, type Stats } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { Exit } from '../core/record.ts';
import { isErrno, readProcessRow } from './process-table.ts';

/** A run that was started. */
export interface SpawnedRun {
  readonly pid: number;
  /**
   * Clock ticks after boot at which it began; 0 where there is no /proc. To be asked before the event loop turns: until
   * then nobody reaps it, and also a process that has ended still has its row.
   */
  readonly startTicks: () => number;
  /** Settles once, when the process itself has ended; never rejects. */
  readonly exited: Promise<Exit>;
}

/** Runs that are up, started here: the children of pidnap that are nobody's orphans. */
const own = new Set<number>();

/** The process is a run that `spawnRun` started and that has not been reaped. */
export function isOwnRun(pid: number): boolean {
  return own.has(pid);
}

/**
 * Starts one run in a session and process group of its own; `stdio` are the descriptors for its output and its errors.
 * Throws when it cannot be started, and says what is missing: the directory, the program, or the right to run it.
 */
export function spawnRun(options: {
  definition: Pick<ProcessDefinition, 'command' | 'cwd'>;
  env: Record<string, string>;
  stdio: readonly [number, number];
}): SpawnedRun {
  const { definition, env, stdio } = options;
  const child = trySpawn(definition, env, stdio);
  const { pid } = child;
  if (pid === undefined) {
    // Node tells the reason later, as an event, and without a word on what is missing.
    child.on('error', noop);
    throw new Error(
      whatIsMissing(definition, env) ??
        'the system refuses a new process now: its interpreter (the first line) is missing, or a limit of processes or open files is reached',
    );
  }
  own.add(pid);
  const exited = new Promise<Exit>((settle) => {
    child.once('exit', (exitCode, signal) => {
      own.delete(pid);
      settle({ exitCode, signal });
    });
  });
  return { pid, startTicks: () => readProcessRow(pid)?.startTicks ?? 0, exited };
}

function trySpawn(
  { command, cwd }: Pick<ProcessDefinition, 'command' | 'cwd'>,
  env: Record<string, string>,
  stdio: readonly [number, number],
): ChildProcess {
  const [file = '', ...args] = command;
  try {
    return spawn(file, args, { cwd, env, stdio: ['ignore', ...stdio], detached: true });
  } catch (cause) {
    const missing = whatIsMissing({ command, cwd }, env);
    if (missing) throw new Error(missing, { cause });
    if (isErrno(cause, 'E2BIG')) throw new Error('its arguments and environment are too long', { cause });
    throw cause;
  }
}

/** Looks where the kernel looked; null when directory and program are there. */
function whatIsMissing(
  { command: [file = ''], cwd }: Pick<ProcessDefinition, 'command' | 'cwd'>,
  { PATH: path = '/bin:/usr/bin' }: Record<string, string>,
): string | null {
  const directory = statIfThere(cwd);
  if (!directory) return `cwd ${cwd} does not exist`;
  if (!directory.isDirectory()) return `cwd ${cwd} is not a directory`;
  if (!isPermitted(cwd)) return `cwd ${cwd} may not be entered`;
  const hasPath = file.includes('/');
  const places = hasPath ? [resolve(cwd, file)] : path.split(delimiter).map((dir) => resolve(cwd, dir, file));
  const found = places.flatMap((place) => {
    const stat = statIfThere(place);
    return stat ? [{ place, stat }] : [];
  });
  const [first] = found;
  if (!first) return hasPath ? `${file} does not exist` : `${file} is in none of PATH=${path}`;
  if (found.some(({ place, stat }) => stat.isFile() && isPermitted(place))) return null;
  return first.stat.isDirectory() ? `${first.place} is a directory` : `${first.place} is not executable`;
}

function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // On the way to it something is no directory, or closed to us.
    return undefined;
  }
}

function isPermitted(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Whatever the reason: it may not be entered or run.
    return false;
  }
}

function noop(): void {}
