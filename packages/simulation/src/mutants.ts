// Puts bugs into the code, one at a time, and sees whether the explorer or the simulator finds them.
//
//   npm run mutants                          all of them, and the code as it is, in which nothing may be found
//   npm run mutants -- --list                what there is
//   npm run mutants -- --only NAME           one; may be repeated
//   npm run mutants -- --quick [COMMIT]      a third of them, chosen by a commit's hash; the one that is checked out
//
// Exits with 1 when a mutant survives, when something is found in the code as it is, or when a mutant's text is not
// where it was.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { printTable } from 'console-table-printer';
import { controlsOf, inTurns } from './mutants/choose.ts';
import { huntFor, type Hunted } from './mutants/hunt-for.ts';
import { limitOf, type Mutant } from './mutants/mutant.ts';
import { MUTANTS } from './mutants/mutants.ts';
import { commitOf, hash, thirdOf } from './third-of.ts';

const command = new Command('mutants')
  .description('Puts bugs into the code and sees whether they are found')
  .option('--only <name>', 'this mutant; may be repeated', named, [] as Mutant[])
  .option('--quick [commit]', 'a third of them, chosen by the hash of a commit (default: HEAD)', hash)
  .option('--workers <n>', 'hunts at a time', positive, 2)
  .option('--list', 'lists the mutants', false)
  .option('--json', 'the table as JSON on standard output', false)
  .parse();
const options = command.opts<{
  only: Mutant[];
  quick?: string | true;
  workers: number;
  list: boolean;
  json: boolean;
}>();

const asked = options.only.length > 0 ? options.only : MUTANTS;
const chosen = options.quick === undefined ? asked : thirdOf(asked, commitOf(options.quick));
process.exitCode = options.list ? list() : await hunt();

function list(): number {
  for (const { name, file, breaks, hunt: by } of chosen)
    console.log(`${name.padEnd(42)} ${breaks.padEnd(12)} ${file}\n${' '.repeat(42)} within ${limitOf(by)}`);
  return 0;
}

async function hunt(): Promise<number> {
  const began = performance.now();
  const folder = await mkdtemp(path.join(tmpdir(), 'fettle-mutants-'));
  try {
    const controls = controlsOf(chosen);
    const jobs = [
      ...controls.map((one) => ({ mutant: null, ...one })),
      ...chosen.map((mutant) => ({ mutant, hunt: mutant.hunt, name: mutant.name })),
    ];
    const all = await inTurns(jobs, options.workers, (job) => huntFor(job, folder));
    const seconds = (performance.now() - began) / 1000;
    return report({ controls: all.slice(0, controls.length), hunted: all.slice(controls.length), seconds });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(result: { controls: Hunted[]; hunted: Hunted[]; seconds: number }): number {
  const { controls, hunted, seconds } = result;
  const survivors = hunted.filter((one) => !one.found);
  // A control says something when it found something, and when it could not look.
  const alarms = controls.filter((one) => one.found || one.spoke !== '');
  if (options.json)
    console.log(JSON.stringify({ ...result, survivors: survivors.map((one) => one.name) }, null, 2));
  else {
    printTable(hunted.map(row));
    console.log(
      `${hunted.length - survivors.length} of ${hunted.length} found in ${seconds.toFixed(0)} s; ${controls.length} hunts in the code as it is found ${alarms.length === 0 ? 'nothing' : 'something'}`,
    );
  }
  for (const one of survivors) console.error(`SURVIVES: ${one.name} ${one.spoke}`);
  for (const one of alarms) console.error(`IN THE CODE AS IT IS: ${one.name}: ${one.spoke}`);
  return survivors.length + alarms.length === 0 ? 0 : 1;
}

function row({ name, hunt: by, found, spoke, looked, seconds }: Hunted) {
  return {
    mutant: name,
    'found by': found ? by.by : 'nobody',
    within: `${looked} ${by.by === 'explorer' ? 'states' : 'seeds'}`,
    of: limitOf(by),
    'what spoke': spoke.slice(0, 70),
    seconds: seconds.toFixed(1),
  };
}

function named(name: string, before: Mutant[]): Mutant[] {
  const found = MUTANTS.find((one) => one.name === name);
  if (found === undefined) throw new InvalidArgumentError('See --list for what there is');
  return [...before, found];
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a number from 1');
  return value;
}
