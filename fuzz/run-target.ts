// Runs one target in a thread of its own, whose memory is bounded: a hang or a crash there is told here.
import * as fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { isPolluted } from './arbitraries/mutate.ts';
import { targetsOf } from './targets.ts';
import type { Order, Told } from './orders.ts';

/** What all values of a run may leave behind, in bytes; caches of our own parsers are far below. */
const MOST_LEFT_BYTES = 64 * 1024 * 1024;
/** Time between two words to whoever watches for hangs: of values there are few in it on a busy computer. */
const TELL_EVERY_MS = 1000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const { name, module, seed, values, path } = workerData as Order;
const found = (await targetsOf(module)).find((one) => one.name === name);
if (found === undefined) throw new Error(`fuzz: no target ${name}`);
// A port of a thread has no origin, which the rule thinks of windows.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const tell = (word: Told): void => parentPort?.postMessage(word);

let checked = 0;
let toldAt = -TELL_EVERY_MS;
collect();
const before = process.memoryUsage().heapUsed;
const property = fc.asyncProperty(found.arbitrary, async (input) => {
  checked += 1;
  const now = performance.now();
  if (now - toldAt >= TELL_EVERY_MS) {
    toldAt = now;
    tell({ kind: 'alive', checked });
  }
  await found.check(input);
  if (isPolluted()) throw new Error('the prototype of everything was changed');
});
const result = await fc.check(property, {
  seed,
  numRuns: values,
  ...(path === null ? {} : { path }),
  // Shrinking something large takes long: what is left after ten minutes can be read.
  interruptAfterTimeLimit: 600_000,
  markInterruptAsFailure: true,
});
collect();
const left = process.memoryUsage().heapUsed - before;
const { failed, counterexample, counterexamplePath, errorInstance, numRuns } = result;
if (failed)
  tell({
    kind: 'failed',
    checked: numRuns,
    path: counterexamplePath ?? '',
    input: shown(counterexample),
    error:
      errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance),
  });
else if (left > MOST_LEFT_BYTES)
  tell({
    kind: 'failed',
    checked: numRuns,
    path: '',
    input: '',
    error: `${left} bytes are still held afterwards`,
  });
else tell({ kind: 'passed', checked: numRuns });

function shown(value: unknown): string {
  return fc.stringify(value).slice(0, 4000);
}
