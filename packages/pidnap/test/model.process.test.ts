/**
 * Random lives of a real pidnap with real children: commands, several at once, exits, kills, crashes and restarts of
 * pidnap itself, changed config files. After every step it must show what a small model of the README expects, and the
 * children must agree.
 *
 * `PIDNAP_MODEL_RUNS` and `PIDNAP_MODEL_SEED` make it longer or another one, `PIDNAP_MODEL_SHRINK=0` shows a failure as it
 * was found. A failure prints what repeats it.
 */
import * as fc from 'fast-check';
import { it } from 'vitest';
import { aLife } from './model/draw.ts';
import { live } from './model/live.ts';
import { describe, type Operation } from './model/operations.ts';

const {
  PIDNAP_MODEL_RUNS: runs,
  PIDNAP_MODEL_SEED: seed,
  PIDNAP_MODEL_PATH: path,
  PIDNAP_MODEL_SHRINK: shrink,
} = process.env;

/** As many lives as fit into the time that a test may take here, and not more than that. */
const LIVES = 25;
const TIME_MS = 40_000;
/** Shrinking lives a life many times; here it ends with what it has found after this long. */
const SHRINK_MS = 120_000;
/** Somebody who asks for more lives has the time. */
const TIMEOUT_MS = 24 * 3_600_000;

it('does what its model does, whatever is done to it', { timeout: TIMEOUT_MS }, async () => {
  let deadline = runs === undefined ? Date.now() + TIME_MS : Infinity;
  let hasFailed = false;
  const property = fc.asyncProperty(aLife, async (life) => {
    if (Date.now() > deadline) return;
    try {
      await live(life);
    } catch (error) {
      if (!hasFailed) deadline = runs === undefined ? Date.now() + SHRINK_MS : Infinity;
      hasFailed = true;
      throw error;
    }
  });
  const details = await fc.check(property, {
    numRuns: Number(runs ?? LIVES),
    seed: Number(seed ?? 20_260_115),
    ...(path !== undefined && { path }),
    endOnFailure: path !== undefined || shrink === '0',
  });
  if (details.failed) throw new Error(explain(details));
});

function explain({
  seed,
  counterexamplePath,
  counterexample,
  errorInstance,
}: fc.RunDetails<[Operation[]]>): string {
  const life = (counterexample?.[0] ?? []).map((operation) => `  ${describe(operation)}`);
  return [
    errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    'The shortest life that shows it:',
    ...life,
    `Again: PIDNAP_MODEL_SEED=${seed} PIDNAP_MODEL_PATH=${counterexamplePath}`,
  ].join('\n');
}
