// npm run fuzz: sends what nobody would send to everything that takes something from a stranger.
//
//   npm run fuzz                        at least 200,000 inputs; the seed is told
//   npm run fuzz -- --seed N            the same inputs again
//   npm run fuzz -- --only NAME         one target; may be repeated
//   npm run fuzz -- --times X           that many times as many inputs
//   npm run fuzz -- --json              a line of JSON for each target
//   npm run fuzz -- --list
//
// A failure is kept in fuzz/regressions/, which every run tries first. Exit codes: 0 nothing found, 1 something was,
// 2 wrong arguments.
import { Command, InvalidArgumentError } from 'commander';
import { randomInt } from 'node:crypto';
import { openControlPlane } from './control-plane.ts';
import { keepRegression, regressionsOf } from './regressions.ts';
import { runInThread, type Finding } from './run-in-thread.ts';
import { allTargets, type TargetModule } from './targets.ts';
import type { Target } from './target.ts';

type Known = Target & { module: TargetModule };

const TARGETS = await allTargets();
const command = new Command('fuzz')
  .description('Sends what nobody would send to everything that takes something from a stranger')
  .option('--seed <n>', 'where chance begins', whole)
  .option('--only <name>', 'this target; may be repeated', named, [] as Known[])
  .option('--times <x>', 'times as many inputs', factor, 1)
  .option('--json', 'a line of JSON for each target', false)
  .option('--list', 'lists the targets', false)
  .parse();
const options = command.opts<{
  seed?: number;
  only: Known[];
  times: number;
  json: boolean;
  list: boolean;
}>();
const chosen = options.only.length > 0 ? options.only : TARGETS;
process.exitCode = options.list ? list() : await fuzz();

function list(): number {
  for (const { name, about, inputs } of chosen)
    console.log(`${name.padEnd(26)} ${String(inputs).padStart(6)}  ${about}`);
  return 0;
}

async function fuzz(): Promise<number> {
  const seed = options.seed ?? randomInt(2 ** 31);
  const began = performance.now();
  // Only some of the targets need one, and it takes seconds to start.
  const controlPlane = chosen.some(({ module }) => module === 'procedures') ? await openControlPlane() : null;
  let inputs = 0;
  let failures = 0;
  try {
    for (const target of chosen) {
      const { perValue = 1 } = target;
      const values = Math.max(1, Math.ceil((target.inputs * options.times) / perValue));
      const from = performance.now();
      const finding = await tryAll(target, seed, values);
      const seconds = Number(((performance.now() - from) / 1000).toFixed(1));
      const tried = finding.checked * perValue;
      inputs += tried;
      failures += finding.ok ? 0 : 1;
      if (options.json)
        console.log(
          JSON.stringify({
            suite: 'fuzz',
            target: target.name,
            inputs: tried,
            failures: finding.ok ? 0 : 1,
            seconds,
            seed,
          }),
        );
      else
        console.log(
          `${finding.ok ? 'ok  ' : 'FAIL'} ${target.name.padEnd(26)} ${String(tried).padStart(7)} inputs ${seconds.toFixed(1).padStart(6)} s`,
        );
      if (!finding.ok) tell(target, finding, seed);
    }
  } finally {
    await controlPlane?.close();
  }
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  if (options.json)
    console.log(JSON.stringify({ suite: 'fuzz', target: 'all', inputs, failures, seconds, seed }));
  else console.log(`${inputs} inputs, ${failures} failures in ${seconds} s; seed ${seed}`);
  return failures === 0 ? 0 : 1;
}

/** What was found once, and then what chance brings. */
async function tryAll({ name, module }: Known, seed: number, values: number): Promise<Finding> {
  for (const { seed: known, path } of regressionsOf(name)) {
    const finding = await runInThread({ name, module, seed: known, values: 1, path });
    if (!finding.ok) return finding;
  }
  return runInThread({ name, module, seed, values, path: null });
}

function tell({ name }: Target, finding: Extract<Finding, { ok: false }>, seed: number): void {
  const { path, input, error } = finding;
  console.error(`${name}: ${error}\ninput: ${input}\nagain: npm run fuzz -- --only ${name} --seed ${seed}`);
  if (path !== '') console.error(`kept:  ${keepRegression({ target: name, seed, path, input, error })}`);
}

function named(name: string, before: Known[]): Known[] {
  const found = TARGETS.find((one) => one.name === name);
  if (found === undefined) throw new InvalidArgumentError('See --list for what there is');
  return [...before, found];
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('Expected a whole number');
  return value;
}

function factor(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a number above 0');
  return value;
}
