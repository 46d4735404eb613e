import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench } from './bench.ts';

/** A program that answers each line with a line. */
export type LineProgram = {
  /** The next line that it writes. Throws when it has ended. */
  read: () => Promise<string>;
  ask: (line: string) => Promise<string>;
  /** Closes its stdin, and waits for its end. */
  stop: () => Promise<void>;
};

/** Starts a program of the folder `programs`. */
export function startLineProgram(bench: Bench, name: string, args: readonly string[]): LineProgram {
  const program = join(import.meta.dirname, 'programs', name);
  const child = bench.hold(
    spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${name} has ended`);
    return value;
  };
  return {
    read,
    ask(line) {
      child.stdin.write(`${line}\n`);
      return read();
    },
    async stop() {
      child.stdin.end();
      await exit;
    },
  };
}
