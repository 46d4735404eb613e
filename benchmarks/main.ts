// npm run bench: measures our parts and says whether they keep their limits. Rows go to stdout, progress to stderr.
import { HELP, readOptions, type Options } from './options.ts';
import { metricsSuite } from './metrics/suite.ts';
import { objectsSuite } from './objects/suite.ts';
import type { Row } from './row.ts';
import type { Suite } from './suite.ts';
import { supervisorSuite } from './supervisor/suite.ts';
import { formatTable } from './table.ts';

const SUITES: readonly Suite[] = [supervisorSuite, metricsSuite, objectsSuite];

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let options: Options;
  let suites: Suite[];
  try {
    options = readOptions(args);
    suites = chosen(options);
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (options.help) return tell(HELP);
  if (options.list) return tell(suites.map(describe).join('\n'));
  try {
    const rows = await measure(suites, options);
    return rows.some(({ ok }) => ok === false) ? 1 : 0;
  } catch (error) {
    // What each metric of an aggregate died of was said when it happened.
    console.error('bench:', error instanceof AggregateError ? error.message : error);
    return 3;
  }
}

function tell(text: string): number {
  console.log(text);
  return 0;
}

function describe({ name, about, metrics }: Suite): string {
  return [
    `${name}: ${about}`,
    ...metrics.map((metric) => `  ${metric.name.padEnd(20)} ${metric.about}`),
  ].join('\n');
}

/** The suites that the command line names. Throws when it names a suite or metric that there is not. */
function chosen({ suites, only }: Options): Suite[] {
  const found = suites.map((name) => {
    const suite = SUITES.find((candidate) => candidate.name === name);
    if (suite === undefined)
      throw new Error(`no suite ${name}; there are: ${SUITES.map((one) => one.name).join(', ')}`);
    return suite;
  });
  const wanted = found.length === 0 ? [...SUITES] : found;
  const known = wanted.flatMap(({ metrics }) => metrics.map(({ name }) => name));
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`no metric ${unknown}; there are: ${known.join(', ')}`);
  return wanted;
}

async function measure(suites: Suite[], options: Options): Promise<Row[]> {
  const { only, runs, pidnap } = options;
  const rows: Row[] = [];
  try {
    for (const suite of suites) {
      for await (const row of suite.run({ only, runs, pidnap, say: (line) => console.error(line) })) {
        rows.push(row);
        if (options.json) console.log(JSON.stringify(row));
      }
    }
  } finally {
    if (!options.json) console.log(`\n${formatTable(rows)}`);
  }
  return rows;
}
