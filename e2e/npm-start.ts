import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { descendants, readProcesses, type ProcessEntry } from '../apps/cli/src/processes/process-table.ts';

export const ROOT = path.resolve(import.meta.dirname, '..');

/** One line of `npm start -- --json`. */
export type Fact = { event: string } & Record<string, unknown>;

/** An `npm start` that runs. */
export type NpmStart = {
  npm: ChildProcess;
  facts: Fact[];
  /** Resolves with the first fact of this event; throws, with what was printed, when npm ends or the limit passes. */
  fact(event: string, is?: (fact: Fact) => boolean, limitMs?: number): Promise<Fact>;
  /** The processes below npm, itself included. */
  tree(): Promise<ProcessEntry[]>;
  /** Resolves with the exit code, or the signal. */
  ended: Promise<number | string>;
};

/** Runs `npm start` as a person does, with output for programs. */
export function npmStart(args: readonly string[]): NpmStart {
  const npm = spawn('npm', ['start', '--silent', '--', ...args, '--json'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: 'true' },
  });
  const facts: Fact[] = [];
  const other: string[] = [];
  for (const stream of [npm.stdout, npm.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith('{')) facts.push(JSON.parse(line) as Fact);
      else other.push(line);
    });
  }
  const ended = once(npm, 'close').then(([code, signal]: (number | string | null)[]) => code ?? signal ?? -1);
  let end: number | string | null = null;
  void ended.then((how) => (end = how));

  return {
    npm,
    facts,
    ended,
    tree: async () => descendants(await readProcesses(), npm.pid!),
    async fact(event, is = () => true, limitMs = 180_000) {
      const limit = performance.now() + limitMs;
      for (;;) {
        const found = facts.find((fact) => fact.event === event && is(fact));
        if (found !== undefined) return found;
        if (end !== null || performance.now() > limit) {
          const said = [...facts.slice(-10).map((fact) => JSON.stringify(fact)), ...other.slice(-20)].join(
            '\n',
          );
          throw new Error(
            `npm start ${end === null ? 'goes on' : `ended (${end})`} without "${event}":\n${said}`,
          );
        }
        await pause(100);
      }
    },
  };
}

/** Runs one of the npm scripts to its end. */
export async function npmRun(
  script: string,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn('npm', ['run', script, '--silent', '--', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: 'true', NO_COLOR: '1' },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, ...output };
}

/** Tries until `look` gives something; throws, naming it, after the limit. An error counts as not yet. */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | null | undefined>,
  limitMs = 120_000,
): Promise<T> {
  const limit = performance.now() + limitMs;
  for (let last: unknown = 'nothing'; ; await pause(200)) {
    try {
      const found = await look();
      if (found !== false && found !== null && found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > limit)
      throw new Error(`${what}: not within ${limitMs / 1000} s`, { cause: last });
  }
}
