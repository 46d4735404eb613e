import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Order, Told } from './orders.ts';

/** What came of a target. */
export type Finding =
  | { ok: true; checked: number }
  | { ok: false; checked: number; path: string; input: string; error: string };

/** A thread that says nothing for so long hangs: the slowest values take a second. */
const HANG_MS = 30_000;
/** Of each thread; a parser that needs more holds on to what it reads. */
const HEAP_MB = 512;

/** Runs a target, and ends it when it hangs. */
export function runInThread(order: Order): Promise<Finding> {
  return new Promise((resolve) => {
    let checked = 0;
    const worker = new Worker(path.join(import.meta.dirname, 'run-target.ts'), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const end = (finding: Finding): void => {
      clearTimeout(watch);
      resolve(finding);
      void worker.terminate();
    };
    const lost = (error: string): void => end({ ok: false, checked, path: '', input: '', error });
    const hang = (): void => lost(`it hangs after input ${checked}: nothing for ${HANG_MS / 1000} s`);
    const watch = setTimeout(hang, HANG_MS);
    worker.on('message', (told: Told) => {
      watch.refresh();
      checked = told.checked;
      if (told.kind === 'passed') end({ ok: true, checked });
      if (told.kind === 'failed') end({ ok: false, ...told });
    });
    worker.on('error', (error) => lost(`it dies after input ${checked}: ${error.stack ?? error.message}`));
    worker.on('exit', (code) => lost(`it ends after input ${checked}, with code ${code}`));
  });
}
