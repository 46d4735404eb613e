import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench } from './bench.ts';

const MAIN = path.resolve(import.meta.dirname, '../../packages/analytics-engine/src/main.ts');
export const ENGINE_TOKEN = 'benchmark-token-0123456789';

/** A local Analytics Engine in a process of its own. */
export type RunningEngine = {
  /** Where points are taken in: `<url>/ingest/<dataset>`. */
  url: string;
  sqlUrl: string;
  /** Ends it; what it has taken in is on disk then. */
  stop: () => Promise<void>;
};

/** Starts an engine on a folder. */
export async function startEngine(bench: Bench, folder: string): Promise<RunningEngine> {
  const child = bench.hold(
    spawn(process.execPath, [MAIN, '--port', '0', '--folder', folder, '--token', ENGINE_TOKEN], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = await Promise.race([
    lines.next(),
    exit.then(() => Promise.reject(new Error('the engine ended'))),
  ]);
  const { url, sqlUrl } = JSON.parse(String(ready.value)) as { url: string; sqlUrl: string };
  return {
    url,
    sqlUrl,
    async stop() {
      child.kill('SIGTERM');
      await exit;
    },
  };
}
