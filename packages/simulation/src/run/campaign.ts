/** Many worlds on several threads, until enough machine-hours have been lived. */
import { Worker } from 'node:worker_threads';
import { Probes } from '../check/probes.ts';
import { Tally } from '../check/judgement.ts';
import { REPEAT_EVERY, type Done, type FromWorker, type ToWorker } from './job.ts';

export type CampaignInput = {
  /** The first seed. */
  firstSeed: number;
  /** The last one; `null`: as many as the hours need. */
  lastSeed: number | null;
  /** Machine-hours to live through. */
  hours: number;
  /** Machines of every world; `null`: as the seed has it. */
  machines: number | null;
  workers: number;
  /** After so many failing worlds no new one is begun. */
  mostFailures: number;
  onProgress: (totals: Totals) => void;
  /** Once aborted, the worlds under way are run to their end and no new one is begun. */
  signal: AbortSignal;
};

/** What all worlds together have come to. */
export type Totals = {
  runs: number;
  machineHours: number;
  events: number;
  slowestHealingMs: number;
  failures: Done[];
  /** Worlds that were run twice, and those of them that were not the same. */
  repeated: number;
  different: number[];
  pairs: Set<number>;
  /** Pairs that were new within every thousand seeds. */
  newPairs: number[];
  probes: Probes;
  tally: Tally;
  cpuMs: number;
  wallMs: number;
};

/** Runs the worlds. Rejects when a thread dies: that is a bug, not a finding. */
export async function runCampaign(input: CampaignInput): Promise<Totals> {
  const began = performance.now();
  const totals = noTotals();
  const seeds = { next: input.firstSeed };
  const threads = Array.from({ length: input.workers }, () => runThread(input, totals, seeds));
  await Promise.all(threads);
  totals.wallMs = performance.now() - began;
  return totals;
}

/** Most of what a step makes is dead after the next one: with room for more of it, less is copied (measured: 5 %). */
const YOUNG_MB = 64;

/** A world of 10,000 machines needs about 600 MB. */
const OLD_MB = 3072;

function runThread(input: CampaignInput, totals: Totals, seeds: { next: number }): Promise<void> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB },
  });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
  const send = (message: ToWorker) => worker.postMessage(message);
  const next = (): void => {
    if (isOver(input, totals, seeds.next)) return send({ kind: 'finish' });
    const seed = seeds.next++;
    send({ kind: 'run', job: { seed, machines: input.machines, repeat: seed % REPEAT_EVERY === 1 } });
  };
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A thread ended with ${code}`))));
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'done') {
        count(input, totals, message.done);
        return next();
      }
      totals.probes.add(message.seen.probes);
      totals.tally.add(message.seen.tally);
      totals.cpuMs += message.seen.cpuMs;
    });
    next();
  });
}

function isOver(
  { lastSeed, hours, mostFailures, signal }: CampaignInput,
  totals: Totals,
  next: number,
): boolean {
  if (signal.aborted || totals.failures.length >= mostFailures) return true;
  return lastSeed === null ? totals.machineHours >= hours : next > lastSeed;
}

function count({ firstSeed, onProgress }: CampaignInput, totals: Totals, done: Done): void {
  const { result, seed, isIdentical, newPairs } = done;
  totals.runs += 1;
  totals.machineHours += result.machineHours;
  totals.events += result.events;
  totals.slowestHealingMs = Math.max(totals.slowestHealingMs, result.healedAfterMs);
  if (result.violation !== null) totals.failures.push(done);
  if (isIdentical !== null) totals.repeated += 1;
  if (isIdentical === false) totals.different.push(seed);
  const thousand = Math.floor((seed - firstSeed) / 1000);
  for (const pair of newPairs) {
    if (totals.pairs.has(pair)) continue;
    totals.pairs.add(pair);
    totals.newPairs[thousand] = (totals.newPairs[thousand] ?? 0) + 1;
  }
  onProgress(totals);
}

function noTotals(): Totals {
  return {
    runs: 0,
    machineHours: 0,
    events: 0,
    slowestHealingMs: 0,
    failures: [],
    repeated: 0,
    different: [],
    pairs: new Set(),
    newPairs: [],
    probes: new Probes(),
    tally: new Tally(),
    cpuMs: 0,
    wallMs: 0,
  };
}
