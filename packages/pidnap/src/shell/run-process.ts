import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { Exit } from '../core/record.ts';
import { readProcessRow } from './process-table.ts';

/** A run that was started. */
export interface SpawnedRun {
  readonly pid: number;
  /** Clock ticks after boot at which it began; 0 where there is no /proc. */
  readonly startTicks: number;
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
  const [file = '', ...args] = definition.command;
  const child = spawn(file, args, {
    cwd: definition.cwd,
    env,
    stdio: ['ignore', ...stdio],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    // Node tells the reason later, as an event, and without a word on what is missing.
    child.on('error', noop);
    throw new Error(whyNot({ file, cwd: definition.cwd, path: env['PATH'] }));
  }
  own.add(pid);
  const exited = new Promise<Exit>((settle) => {
    child.once('exit', (exitCode, signal) => {
      own.delete(pid);
      settle({ exitCode, signal });
    });
  });
  // Until the loop turns nobody reaps it: also a process that has ended by now still has its row.
  return { pid, startTicks: readProcessRow(pid)?.startTicks ?? 0, exited };
}

function whyNot({ file, cwd, path }: { file: string; cwd: string; path: string | undefined }): string {
  const directory = statSync(cwd, { throwIfNoEntry: false });
  if (!directory) return `cwd ${cwd} does not exist`;
  if (!directory.isDirectory()) return `cwd ${cwd} is not a directory`;
  if (!isPermitted(cwd)) return `cwd ${cwd} may not be entered`;
  const places = file.includes('/')
    ? [resolve(cwd, file)]
    : (path ?? '/bin:/usr/bin').split(delimiter).map((dir) => join(resolve(cwd, dir), file));
  const found = places.flatMap((place) => {
    const stat = statIfThere(place);
    return stat ? [{ place, stat }] : [];
  });
  const [first] = found;
  if (!first)
    return file.includes('/') ? `${file} does not exist` : `${file} is in none of PATH=${path ?? ''}`;
  const program = found.find(({ place, stat }) => stat.isFile() && isPermitted(place));
  if (program)
    return `${program.place} cannot be run now: its interpreter (the first line) is missing, or no more processes or files may be opened`;
  return first.stat.isDirectory()
    ? `${first.place} is a directory`
    : `${first.place} is not executable for us`;
}

function statIfThere(path: string): ReturnType<typeof statSync> {
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
