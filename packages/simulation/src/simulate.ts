// Runs worlds of simulated machines around the core that production runs, and checks all invariants after every event.
//
//   npm run simulate                          what continuous integration runs: regressions, then 360,000 machine-hours
//   npm run simulate -- --hours 10000         less of it
//   npm run simulate -- --seeds 1..500        these worlds
//   npm run simulate -- --replay FILE|SEED    one world, from a file of regressions/ or by its seed
//
// Exits with 1 when something does not hold, when a replay is not bit-identical, when the default run leaves a probe
// unreached, or when it was stopped.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { runCampaign, type CampaignInput, type Totals } from './run/campaign.ts';
import { specOfJob } from './run/job.ts';
import { keepFailure, runRegressions, tellRun } from './run/failures.ts';
import { readRegression } from './run/regressions.ts';
import { runWorld } from './run/run-world.ts';
import { progressLine, summaryOf } from './run/summary.ts';
import { printSummary } from './run/print-summary.ts';

/** What continuous integration lives through at every push: 41 machine-years. */
const DEFAULT_HOURS = 360_000;

/** So many failing worlds are enough to read. */
const MOST_FAILURES = 3;

type Options = {
  hours?: number;
  seed: number;
  seeds?: { first: number; last: number };
  machines?: number;
  workers: number;
  json: boolean;
  replay?: string;
  save: boolean;
};

const command = new Command('simulate')
  .description('Worlds of simulated machines, hosts and faults around the core that production runs')
  .option('--hours <n>', `machine-hours to live through (${DEFAULT_HOURS})`, positive)
  .option('--seed <n>', 'the first seed', natural, 1)
  .option('--seeds <a..b>', 'these seeds, however many hours they are', range)
  .option(
    '--machines <n>',
    'machines of every world; otherwise 3 to 30, and 1,000 to 10,000 in every 250th',
    positive,
  )
  .option('--workers <n>', 'threads', positive, availableParallelism())
  .option('--json', 'figures as JSON on standard output', false)
  .option('--replay <file|seed>', 'one world, told in full', fileOrSeed)
  .option('--no-save', 'do not shrink failing worlds and keep them under regressions/')
  .parse();
const options = command.opts<Options>();

process.exitCode = options.replay === undefined ? await simulate(options) : replay(options.replay, options);

async function simulate({ json, workers, ...asked }: Options): Promise<number> {
  const say = json ? () => undefined : (line: string) => console.log(line);
  const failedRegressions = runRegressions(say);
  const hours = asked.hours ?? DEFAULT_HOURS;
  // What has been lived through until somebody has enough of it is told all the same.
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const input: CampaignInput = {
    firstSeed: asked.seeds?.first ?? asked.seed,
    lastSeed: asked.seeds?.last ?? null,
    hours,
    machines: asked.machines ?? null,
    workers,
    mostFailures: MOST_FAILURES,
    signal: stopped.signal,
    onProgress: progress(asked.seeds === undefined ? hours : null),
  };
  const totals = await runCampaign(input);
  if (process.stderr.isTTY) process.stderr.write('\n');
  const summary = summaryOf(totals);
  if (json) console.log(JSON.stringify(summary, null, 2));
  else printSummary(summary, say);
  for (const failure of totals.failures)
    keepFailure(failure, specOfJob({ seed: failure.seed, machines: input.machines }), asked.save);
  const isDefault = asked.hours === undefined && asked.seeds === undefined && asked.machines === undefined;
  const isUnreached = isDefault && !stopped.signal.aborted && summary.probesUnreached.length > 0;
  if (isUnreached) console.error(`probes that were not reached: ${summary.probesUnreached.join(', ')}`);
  for (const seed of totals.different) console.error(`seed ${seed} does not replay: two runs of it differ`);
  const isBroken = failedRegressions + totals.failures.length + totals.different.length > 0;
  return isBroken || isUnreached || stopped.signal.aborted ? 1 : 0;
}

function replay(which: string, { json }: Options): number {
  const spec = existsSync(which)
    ? readRegression(path.resolve(which)).spec
    : specOfJob({ seed: natural(which), machines: null });
  const result = runWorld(spec);
  if (json) console.log(JSON.stringify({ spec, result }, null, 2));
  else tellRun(spec, result);
  return result.violation === null ? 0 : 1;
}

/** At most one line a second, and only where somebody looks. */
function progress(hours: number | null): (totals: Totals) => void {
  let toldAt = 0;
  return (totals) => {
    if (!process.stderr.isTTY || performance.now() - toldAt < 1000) return;
    toldAt = performance.now();
    process.stderr.write(`\r${progressLine(totals, hours)}   `);
  };
}

function natural(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number, 0 or more');
  return Number(text);
}

function fileOrSeed(text: string): string {
  if (existsSync(text) || /^\d{1,15}$/.test(text)) return text;
  throw new InvalidArgumentError('expected a file that exists, or a seed');
}

function positive(text: string): number {
  const value = natural(text);
  if (value === 0) throw new InvalidArgumentError('expected a whole number, 1 or more');
  return value;
}

function range(text: string): { first: number; last: number } {
  const [first, last, more] = text.split('..');
  if (first === undefined || last === undefined || more !== undefined)
    throw new InvalidArgumentError('expected two seeds, such as 1..500');
  const seeds = { first: natural(first), last: natural(last) };
  if (seeds.last < seeds.first) throw new InvalidArgumentError('the last seed is before the first');
  return seeds;
}
