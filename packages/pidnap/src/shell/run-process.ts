import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { Exit } from '../core/record.ts';
import { captureOutput } from './capture-output.ts';
import type { LogStore } from './log-store.ts';
import { openOutputPipe, type OutputPipe } from './output-pipe.ts';

/** How long the end of a process waits for the last of its output, when nobody else holds its pipes any more. */
const DRAIN_MS = 1000;

/** A process that was spawned. */
export interface RunningProcess {
  readonly pid: number;
  /** Settles once, when the process itself has ended. */
  readonly exited: Promise<Exit>;
  /** Resolves when all output is in the log, or after a second at most. */
  drained(): Promise<void>;
}

/**
 * Starts one run in a session and process group of its own, output captured. Rejects when the program cannot be
 * started: not there, not executable, no such directory.
 */
export async function runProcess(options: {
  definition: ProcessDefinition;
  env: Record<string, string>;
  log: LogStore;
  /** Directory for the named pipes, one pair per process. */
  pipeDir: string;
  name: string;
}): Promise<RunningProcess> {
  const { definition, env, log, pipeDir, name } = options;
  const [stdout, stderr] = (await Promise.all(
    ['stdout', 'stderr'].map((stream) => openOutputPipe(join(pipeDir, `${name}.${stream}`))),
  )) as [OutputPipe, OutputPipe];
  const captured = Promise.all([
    captureOutput(stdout.reader, 'stdout', log),
    captureOutput(stderr.reader, 'stderr', log),
  ]);
  captured.catch((error: unknown) => console.error(`pidnap: output of ${name} is lost: ${String(error)}`));
  try {
    const child = await spawnChild(definition, env, [stdout.writer, stderr.writer]);
    return {
      pid: child.pid,
      exited: child.exited,
      drained: () => Promise.race([captured.then(noop, noop), delay(DRAIN_MS, undefined, { ref: false })]),
    };
  } finally {
    stdout.closeWriter();
    stderr.closeWriter();
  }
}

async function spawnChild(
  { command, cwd }: ProcessDefinition,
  env: Record<string, string>,
  [stdout, stderr]: [number, number],
): Promise<{ pid: number; exited: Promise<Exit> }> {
  const [file = '', ...args] = command;
  const child: ChildProcess = spawn(file, args, {
    cwd,
    env,
    stdio: ['ignore', stdout, stderr],
    detached: true,
  });
  const exited = once(child, 'exit').then(([exitCode, signal]) => ({
    exitCode: exitCode as number | null,
    signal: signal as string | null,
  }));
  if (child.pid === undefined) {
    exited.catch(noop);
    const [error] = (await once(child, 'error')) as [Error];
    throw error;
  }
  // After a successful spawn Node emits `error` only for a failed `kill()` or `send()`, which are not used here.
  child.on('error', (error) => console.error(`pidnap: pid ${child.pid}: ${String(error)}`));
  return { pid: child.pid, exited };
}

function noop(): void {}
