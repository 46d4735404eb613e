import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../src/main.ts');

/** The environment of a shell in which pidnap is used, without what this test run itself was told about pidnap. */
function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PIDNAP_'));
  return { ...Object.fromEntries(own), NO_COLOR: '1', ...env };
}

/** Runs `pidnap` until it ends. */
export function pidnapCommand(
  args: readonly string[],
  { env = {}, cwd, input }: { env?: Record<string, string>; cwd?: string; input?: string } = {},
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    env: environment(env),
    cwd,
    input,
  });
  return { code: status, out: stdout, err: stderr };
}

/** A `pidnap` that goes on. */
export interface LastingCommand {
  readonly child: ChildProcess;
  /** What it printed so far, on both streams. */
  output(): string;
  /** Sends a signal, or only waits, and tells how it ended. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Starts `pidnap` and lets it go on. */
export function startPidnapCommand(
  args: readonly string[],
  { env = {}, cwd }: { env?: Record<string, string>; cwd?: string } = {},
): LastingCommand {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
  });
  const ended = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return {
    child,
    output: () => output,
    async end(signal) {
      if (signal) child.kill(signal);
      const [code, by] = (await ended) as [number | null, NodeJS.Signals | null];
      return code ?? by;
    },
  };
}
