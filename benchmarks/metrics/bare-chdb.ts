import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench } from './bench.ts';

/** A process that has nothing but a chdb session, open on a folder. */
export type BareChdb = {
  /** Milliseconds that a query takes in that process, its answer as text included. */
  query: (sql: string) => Promise<number>;
  stop: () => Promise<void>;
};

/** Starts one. */
export function startBareChdb(bench: Bench, folder: string): BareChdb {
  const program = join(import.meta.dirname, 'programs/bare-chdb.ts');
  const child = bench.hold(
    spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async query(sql) {
      child.stdin.write(`${JSON.stringify({ sql })}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the bare chdb session ended over: ${sql}`);
      return (JSON.parse(value) as { ms: number }).ms;
    },
    async stop() {
      child.stdin.end();
      await exit;
    },
  };
}
