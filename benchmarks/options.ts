import { parseArgs } from 'node:util';

/** What a command line of the benchmarks asks for. */
export type Options = {
  /** Suites to run; empty for all. */
  suites: string[];
  json: boolean;
  /** Names of metrics; empty for all. */
  only: string[];
  /** Rounds of every metric; undefined for the number that each metric has for itself. */
  runs: number | undefined;
  list: boolean;
  help: boolean;
  /** A bundle of pidnap to measure in place of one made from the working tree. */
  pidnap?: string;
};

export const HELP = `Usage: npm run bench -- [SUITE...] [OPTION...]

Measures our parts against the least that could do the same, in one run. Without SUITE: all of them.

  --only METRIC,...   only these metrics (repeatable)
  --runs N            rounds of every metric, in place of its own number
  --pidnap FILE       measure this bundle of pidnap, not one made from the working tree
  --json              one JSON object per line (use npm run --silent bench)
  --list              the suites and their metrics
  --help              this text

Exit codes: 0 every limit is met, 1 a limit is not met, 2 wrong command line, 3 something could not be measured`;

/** Reads the words behind the program. Throws an error for people when they are wrong. */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      pidnap: { type: 'string' },
    },
  });
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) {
    throw new Error('--runs takes a whole number from 1 on');
  }
  const only = values.only.flatMap((list) => list.split(',')).filter((name) => name !== '');
  return { ...values, suites: positionals, only, runs };
}
