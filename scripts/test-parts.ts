/** What `npm test` is made of, and what of it runs side by side. */

/** One part: a project of vitest.workspace.ts, or a program that checks something by itself and fails by its exit code. */
export type TestPart = {
  name: string;
  /** Path of the program; a part without one is a project of vitest. */
  program?: string;
  /** What the program is told when it runs beside others, to do the part of its work that is worth the time. */
  beside?: readonly string[];
  /** Computes all the time: it gets what those leave over that have to answer in time. */
  yields?: boolean;
};

/**
 * The parts of a lane run one after the other, the cheap ones first; lanes run at the same time. Processes, workerd and
 * whole systems mostly wait, so that two cores have time for all of them.
 */
export const LANES: readonly (readonly TestPart[])[] = [
  [
    { name: 'unit' },
    { name: 'process' },
    { name: 'workerd' },
    { name: 'rehearse', program: 'scripts/rehearse/main.ts' },
  ],
  [{ name: 'workers' }, { name: 'e2e' }],
  [
    // 204,000 inputs.
    { name: 'fuzz', program: 'fuzz/main.ts', beside: ['--times', '0.7'], yields: true },
    // Of what takes longest another third with each commit: what one commit does not show the next ones do, and all of it
    // `npm run explore` and `npm run mutants`.
    { name: 'explore', program: 'packages/simulation/src/explore.ts', beside: ['--quick'], yields: true },
    {
      name: 'mutants',
      program: 'packages/simulation/src/mutants.ts',
      beside: ['--quick'],
      yields: true,
    },
    { name: 'simulate', program: 'packages/simulation/src/simulate.ts', yields: true },
  ],
];

/** What was asked for on the command line. */
export type TestRequest = {
  lanes: TestPart[][];
  /** Names that were asked for and do not exist. */
  unknown: string[];
  /** What vitest itself is to understand. */
  vitestArguments: string[];
};

/** `tokens` as those of `parseArgs`: every `--project` chooses a part, what is left is for vitest. */
export function chooseParts(args: readonly string[], lanes = LANES): TestRequest {
  const names: string[] = [];
  const vitestArguments: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const [option, inline] = (args[index] ?? '').split('=', 2);
    if (option !== '--project') vitestArguments.push(args[index] ?? '');
    else names.push(inline ?? args[++index] ?? '');
  }
  const known = lanes.flat().map(({ name }) => name);
  // A program knows nothing of tests: whoever asks for some of them does not mean it.
  const isMeant = ({ name, program }: TestPart) =>
    names.length > 0 ? names.includes(name) : program === undefined || vitestArguments.length === 0;
  return {
    lanes: lanes.map((lane) => lane.filter(isMeant)).filter((lane) => lane.length > 0),
    unknown: names.filter((name) => !known.includes(name)),
    vitestArguments,
  };
}
