// Exhausts small worlds around the decisions that production runs: every order of events, with what may be lost,
// doubled, late, or ended in the middle. The shortest way to a broken promise is told step by step.
//
//   npm run explore                                  all configurations, about a minute of one core
//   npm run explore -- --list                        what there is, and what each is to show
//   npm run explore -- --quick [COMMIT]              of the largest a third, chosen by a commit's hash; by default HEAD's
//   npm run explore -- --config wishes --budget losses=2,commands=3
//
// Exits with 1 when a promise is broken, or when a configuration has more states than --most-states.
import { Command, InvalidArgumentError } from 'commander';
import { printTable } from 'console-table-printer';
import { Broken } from './explore/broken.ts';
import { CONFIGURATIONS } from './explore/configurations.ts';
import { tellWay, type Told } from './explore/retrace.ts';
import { search, type Search, type Violation } from './explore/search.ts';
import { LARGEST_REST } from './explore/state-index.ts';
import { systemOf } from './explore/system.ts';
import { commitOf, hash, thirdOf } from './third-of.ts';
import { NOTHING, type Budget, type Configuration } from './explore/small-world.ts';

/** About a gigabyte at most: 60 bytes for each state that was seen, some kilobytes for each that waits. */
const MOST_STATES = 1_000_000;

/** Three quarters of all states. */
const LARGEST: readonly string[] = [
  'substitution',
  'substitution-crash',
  'permit-crash',
  'outbox',
  'parked',
  'given-up',
];

type Report = Omit<Search, 'result'> & {
  configuration: string;
  result: 'holds' | 'violated' | 'too-many';
  seconds: number;
  violation: Violation | null;
  story: Told[];
};

const command = new Command('explore')
  .description('Exhausts small worlds around the decisions that production runs')
  .option('--config <name>', 'this configuration only; may be repeated', named, [] as Configuration[])
  .option('--quick [commit]', 'of the largest a third, chosen by the hash of a commit (default: HEAD)', hash)
  .option('--budget <what=n,...>', 'other budgets, such as losses=2,crashes=0', budget)
  .option('--most-states <n>', 'gives up beyond so many states', positive, MOST_STATES)
  .option('--list', 'lists the configurations', false)
  .option('--json', 'figures and stories as JSON on standard output', false)
  .parse();
const options = command.opts<{
  config: Configuration[];
  quick?: string | true;
  budget?: Partial<Budget>;
  mostStates: number;
  list: boolean;
  json: boolean;
}>();

process.exitCode = options.list ? list() : explore();

function list(): number {
  for (const { name, purpose, budget: may } of CONFIGURATIONS)
    console.log(`${name.padEnd(20)} ${purpose}\n${' '.repeat(20)} ${budgetText(may)}`);
  return 0;
}

function explore(): number {
  const chosen = options.config.length > 0 ? options.config : quick(options.quick);
  const reports = chosen.map((configuration) => {
    const changed = { ...configuration, budget: { ...configuration.budget, ...options.budget } };
    const report = reportOn(changed);
    if (!options.json) tell(report, changed);
    return report;
  });
  if (options.json) console.log(JSON.stringify(reports, null, 2));
  else printTotals(reports);
  return reports.every((report) => report.result === 'holds') ? 0 : 1;
}

function quick(commit: string | true | undefined): readonly Configuration[] {
  if (commit === undefined) return CONFIGURATIONS;
  const taken = thirdOf(LARGEST, commitOf(commit));
  return CONFIGURATIONS.filter(({ name }) => taken.includes(name) || !LARGEST.includes(name));
}

function reportOn(configuration: Configuration): Report {
  const began = performance.now();
  const { name } = configuration;
  try {
    const system = systemOf(configuration);
    const { result, ...figures } = search(system, { mostStates: options.mostStates });
    const seconds = (performance.now() - began) / 1000;
    const found = result.kind === 'violated' ? result : null;
    const story = found === null ? [] : tellWay(system, found.way);
    const violation = found?.violation ?? null;
    return { configuration: name, ...figures, result: result.kind, seconds, violation, story };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const figures = { states: 0, transitions: 0, depth: 0, settled: 0, widest: 0, seconds: 0 };
    return { configuration: name, ...figures, result: 'violated', violation: error.violation, story: [] };
  }
}

function tell(report: Report, { budget: may }: Configuration): void {
  const { configuration, states, transitions, depth, seconds, result, violation, story } = report;
  const speed = Math.round(states / Math.max(seconds, 0.001));
  const figures = `${states} states, ${transitions} transitions, depth ${depth}, ${seconds.toFixed(1)} s, ${speed} states/s`;
  console.log(`${result === 'holds' ? '✓' : '✗'} ${configuration}: ${figures} (${budgetText(may)})`);
  if (result === 'too-many') console.log(`  gave up beyond ${options.mostStates} states: nothing is proven`);
  if (violation === null) return;
  console.log(`\n  BROKEN: ${violation.promise}\n  ${violation.message}\n`);
  for (const [index, { at, what, changed }] of story.entries()) {
    console.log(`  ${String(index + 1).padStart(3)}. tick ${String(at).padStart(2)}  ${what}`);
    for (const line of changed) console.log(`                  ${line}`);
  }
}

function printTotals(reports: Report[]): void {
  const sum = (of: (report: Report) => number) => reports.reduce((total, report) => total + of(report), 0);
  const seconds = sum((report) => report.seconds);
  printTable(
    reports.map(({ configuration, states, transitions, depth, settled, result, ...report }) => ({
      configuration,
      states,
      transitions,
      depth,
      settled,
      seconds: report.seconds.toFixed(1),
      'states/s': Math.round(states / Math.max(report.seconds, 0.001)),
      result,
    })),
  );
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${sum((report) => report.states)} states, ${sum((report) => report.transitions)} transitions in ${seconds.toFixed(1)} s; ${memory} MB at most`,
  );
}

function budgetText(may: Budget): string {
  return Object.entries(may)
    .flatMap(([what, count]) => (count > 0 ? [`${what} ${count}`] : []))
    .join(', ');
}

function named(name: string, before: Configuration[]): Configuration[] {
  const found = CONFIGURATIONS.find((one) => one.name === name);
  if (found === undefined)
    throw new InvalidArgumentError(`There are ${CONFIGURATIONS.map((one) => one.name).join(', ')}`);
  return [...before, found];
}

function budget(text: string): Partial<Budget> {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [what = '', count = ''] = part.split('=');
      if (!(what in NOTHING))
        throw new InvalidArgumentError(
          `There is no budget ${what}; there are ${Object.keys(NOTHING).join(', ')}`,
        );
      if (!/^\d$/.test(count) || Number(count) > LARGEST_REST)
        throw new InvalidArgumentError(`${what}: expected a number from 0 to ${LARGEST_REST}`);
      return [what, Number(count)];
    }),
  );
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a number from 1');
  return value;
}
