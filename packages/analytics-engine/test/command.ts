import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = path.join(import.meta.dirname, '../src/main.ts');

/** What the command prints when it listens. */
export type Ready = { ready: true; url: string; sqlUrl: string; accountId: string; token?: string };

/** A running command. */
export type Command = {
  child: ChildProcess;
  /** Rejected with what it wrote to standard error when it ends before it listens. */
  ready: Promise<Ready>;
  /** Exit code or signal. */
  ended: Promise<number | string>;
  errors(): string;
};

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts the command from its sources, or another file of it with another Node, or within another program. It dies with the tests. */
export function startCommand(
  args: string[],
  { node = process.execPath, main = MAIN, wrapper = [] as string[] } = {},
): Command {
  const [program, ...rest] = [...wrapper, node, main, ...args];
  const child = spawn(program!, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  children.add(child);
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    children.delete(child);
    return (code ?? signal) as number | string;
  });
  const ready = new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(JSON.parse(line) as Ready));
    void ended.then(() => reject(new Error(errors)));
  });
  ready.catch(() => undefined); // tests of commands that never listen only look at the end
  return { child, ready, ended, errors: () => errors };
}
