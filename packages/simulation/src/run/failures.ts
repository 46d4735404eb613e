/** What is said of a world that failed, and how it is kept. */
import type { WorldSpec } from '../world/spec.ts';
import type { Done } from './job.ts';
import { readRegressions, REGRESSIONS, writeRegression } from './regressions.ts';
import { runWorld, type RunResult } from './run-world.ts';
import { shrink } from './shrink.ts';

/** The one command that shows a world again. */
export const REPLAY = 'npm run simulate -- --replay';

/** Runs the worlds that once failed; returns how many fail again. */
export function runRegressions(say: (line: string) => void, folder = REGRESSIONS): number {
  const regressions = readRegressions(folder);
  let failed = 0;
  for (const { name, spec } of regressions) {
    const { violation } = runWorld(spec);
    if (violation === null) continue;
    failed += 1;
    console.error(
      `regression ${name}: ${violation.message}\n  ${REPLAY} packages/simulation/regressions/${name}.json`,
    );
  }
  say(`${regressions.length - failed} of ${regressions.length} regressions hold`);
  return failed;
}

/** Tells a failure by seed and plan, makes the world small, and keeps it unless `save` is false. */
export function keepFailure({ seed, result }: Done, spec: WorldSpec, save: boolean): void {
  const { violation } = result;
  if (violation === null) return;
  console.error(`\nseed ${seed}, after ${seconds(violation.at)}: ${violation.message}`);
  if (!save) {
    tellPlan(spec, console.error);
    return console.error(`  ${REPLAY} ${seed}`);
  }
  const small = shrink(
    spec,
    (one) => runWorld(one).violation?.invariant === violation.invariant,
    violation.at,
  );
  const found = runWorld(small).violation?.message ?? violation.message;
  const file = writeRegression(small, found);
  console.error(`made smaller: ${found}`);
  tellPlan(small, console.error);
  console.error(`  ${REPLAY} ${file}`);
}

/** One world in full. */
export function tellRun(spec: WorldSpec, result: RunResult): void {
  tellPlan(spec, console.log);
  console.log(
    `${result.events} events, ${result.machineHours.toFixed(1)} machine-hours, fingerprint ${result.fingerprint}`,
  );
  if (result.violation === null)
    console.log(`everything held; at rest ${seconds(result.healedAfterMs)} after the last fault`);
  else console.log(`after ${seconds(result.violation.at)}: ${result.violation.message}`);
}

function tellPlan(
  { seed, projects, slots, hosts, safetyMs, faults }: WorldSpec,
  say: (line: string) => void,
): void {
  say(`  seed ${seed}: ${projects} x ${slots} machines on ${hosts} hosts, faults for ${seconds(safetyMs)}`);
  for (const { at, kind, target, forMs, share } of faults)
    say(`  ${seconds(at).padStart(10)}  ${kind} (target ${target}, for ${seconds(forMs)}, share ${share})`);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
