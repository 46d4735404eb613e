// Deploys alchemy.run.ts, after everything that can be checked was checked: `npm run deploy -- --help`.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { execa } from 'execa';
import { askDeployed } from './deploy/deployed.ts';
import { goesOnFrom, readGitTree } from './deploy/git-tree.ts';
import { judge } from './deploy/judge.ts';
import { type DeployOptions, readOptions, USAGE } from './deploy/options.ts';
import { fingerprintOf, type ReleaseMark } from './deploy/release-mark.ts';
import { deploymentSources } from './deploy/sources.ts';
import { variableProblems, WORKER_VARIABLES } from './deploy/variables.ts';

const EXIT_FAILED = 1;
const EXIT_REFUSED = 2;
const root = path.resolve(import.meta.dirname, '..');

const read = readOptions(process.argv.slice(2));
if (!read.ok) {
  if (read.help) console.log(USAGE);
  else console.error(`${read.problem}\n\n${USAGE}`);
  process.exit(read.help ? 0 : EXIT_REFUSED);
}
process.exitCode = await run(read.options).catch((error: unknown) => {
  say(read.options, 'refused', { problems: [error instanceof Error ? error.message : String(error)] });
  return EXIT_REFUSED;
});

async function run(options: DeployOptions): Promise<number> {
  const problems = variableProblems(process.env);
  if (problems.length > 0) {
    say(options, 'refused', { problems });
    return EXIT_REFUSED;
  }
  const script = `fettle-${options.stage}`;
  const [tree, deployed, sources] = await Promise.all([
    readGitTree(root),
    askDeployed(process.env, script),
    deploymentSources(root),
  ]);
  const mark = markOf(tree.commit ?? 'unknown', tree.dirty, sources);
  const goesOn =
    deployed.mark === null || (await goesOnFrom(root, deployed.mark.commit.replace(/-dirty$/, '')));
  const verdict = judge(options, { tree, deployed, goesOn, mark });

  if (verdict.do === 'refuse') {
    say(options, 'refused', { problems: verdict.problems });
    return EXIT_REFUSED;
  }
  if (verdict.do === 'nothing') {
    say(options, 'unchanged', { why: verdict.why });
    return 0;
  }
  if ((process.env.ALCHEMY_STATE_TOKEN ?? '') === '')
    say(options, 'warning', {
      why: 'THE DEPLOYMENT STATE IS KEPT IN .alchemy/ ON THIS COMPUTER ONLY: set ALCHEMY_STATE_TOKEN for a team or CI',
    });
  say(options, options.dryRun ? 'would' : 'going-to', {
    do: verdict.do,
    stage: options.stage,
    script,
    from: deployed.mark?.commit ?? (deployed.exists ? 'a Worker that does not say' : 'nothing'),
    to: mark.commit,
  });
  if (options.dryRun) return 0;
  if (options.stage === 'prod' && !options.yesProd && !(await isMeant())) {
    say(options, 'refused', { problems: ['prod needs --yes-prod, or its name as an answer'] });
    return EXIT_REFUSED;
  }
  return alchemy(options, mark, verdict.do, script);
}

function markOf(commit: string, dirty: boolean, sources: Uint8Array[]): ReleaseMark {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const names = [...WORKER_VARIABLES.map(({ name }) => name), 'FETTLE_DOMAIN'];
  const variables = Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
  const fingerprint = fingerprintOf({ key: process.env.ALCHEMY_PASSWORD ?? '', sources, variables });
  return { version, commit: dirty ? `${commit}-dirty` : commit, fingerprint };
}

/** Asks, where somebody can answer. */
async function isMeant(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('This changes prod. Type prod to go on: ');
  terminal.close();
  return answer.trim() === 'prod';
}

async function alchemy(
  options: DeployOptions,
  mark: ReleaseMark,
  what: 'deploy' | 'destroy',
  script: string,
): Promise<number> {
  const args = [
    'alchemy.run.ts',
    '--stage',
    options.stage,
    ...(what === 'destroy' ? ['--destroy'] : []),
    ...(options.adopt ? ['--adopt'] : []),
    ...(options.force ? ['--force'] : []),
    ...(process.env.FETTLE_DEPLOY_STATE_DIR ? ['--root-dir', process.env.FETTLE_DEPLOY_STATE_DIR] : []),
  ];
  const { exitCode } = await execa(process.execPath, args, {
    cwd: root,
    stdin: 'inherit',
    stdout: options.json ? 2 : 'inherit',
    stderr: 'inherit',
    reject: false,
    env: {
      FETTLE_RELEASE: JSON.stringify(mark),
      // The state of one person is theirs to keep in files; the warning above was loud enough.
      ALCHEMY_CI_STATE_STORE_CHECK: 'false',
    },
  });
  // Alchemy ends with 0 when it could not remove something, or takes what its state says for what is there.
  const after = await askDeployed(process.env, script);
  const isThere = after.mark?.fingerprint === mark.fingerprint;
  const done = exitCode === 0 && (what === 'deploy' ? isThere : !after.exists);
  say(options, done ? 'done' : 'failed', { do: what, stage: options.stage, script });
  return done ? 0 : EXIT_FAILED;
}

function say({ json }: Pick<DeployOptions, 'json'>, event: string, facts: Record<string, unknown>): void {
  if (json) return console.log(JSON.stringify({ event, ...facts }));
  const { problems, why, ...rest } = facts;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
  console.error([`deploy: ${event}`, why, details.join(', ')].filter((part) => part).join(': '));
  for (const problem of (problems as string[] | undefined) ?? []) console.error(`  ${problem}`);
}
