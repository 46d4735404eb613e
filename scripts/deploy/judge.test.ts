import { expect, test } from 'vitest';
import { judge, type Situation } from './judge.ts';
import { readOptions, type DeployOptions } from './options.ts';
import { DEPLOYMENT_VARIABLES, variableProblems, WORKER_VARIABLES } from './variables.ts';

const COMMIT = 'c'.repeat(40);
const mark = { version: '0.2.0', commit: COMMIT, fingerprint: 'new' };
const situation = (overrides: Partial<Situation> = {}): Situation => ({
  tree: { commit: COMMIT, dirty: false, behind: null },
  deployed: { exists: true, mark: { ...mark, fingerprint: 'old' } },
  goesOn: true,
  mark,
  ...overrides,
});

function options(...args: string[]): DeployOptions {
  const read = readOptions(['--stage', 'staging', ...args]);
  if (!read.ok) throw new Error(read.problem);
  return read.options;
}

test('a clean tree that goes on from what is deployed is deployed', () => {
  expect(judge(options(), situation())).toEqual({ do: 'deploy' });
});

test('what is deployed already is not deployed again, unless by force', () => {
  const same = situation({ deployed: { exists: true, mark } });
  expect(judge(options(), same)).toMatchObject({ do: 'nothing' });
  expect(judge(options('--force'), same)).toEqual({ do: 'deploy' });
});

test.each([
  ['with changes', { tree: { commit: COMMIT, dirty: true, behind: null } }],
  ['behind upstream', { tree: { commit: COMMIT, dirty: false, behind: 2 } }],
  ['outside of git', { tree: { commit: null, dirty: false, behind: null } }],
  ['of another line', { goesOn: false }],
])('a tree %s is refused, unless that is meant', (_what, overrides) => {
  expect(judge(options(), situation(overrides))).toMatchObject({ do: 'refuse' });
  expect(judge(options('--any-tree'), situation(overrides))).toEqual({ do: 'deploy' });
});

test('a stage is said each time, and its destruction twice', () => {
  expect(readOptions([])).toMatchObject({ ok: false });
  expect(readOptions(['--stage', 'dev'])).toMatchObject({ ok: false });
  expect(readOptions(['--stage', 'staging', '--destroy'])).toMatchObject({ ok: false });
  expect(readOptions(['--stage', 'staging', '--destroy', '--destroy-data', 'prod'])).toMatchObject({
    ok: false,
  });
  expect(readOptions(['--stage', 'prod', '--destroy', '--destroy-data', 'prod'])).toMatchObject({
    ok: false,
  });
  expect(options('--destroy', '--destroy-data', 'staging')).toMatchObject({ destroy: true });
});

const good: Record<string, string> = Object.fromEntries(
  [...DEPLOYMENT_VARIABLES, ...WORKER_VARIABLES]
    .filter(({ needed }) => needed)
    .map(({ name }) => [name, name.padEnd(40, '-')]),
);
const variables: Record<string, string> = { ...good, CLOUDFLARE_ACCOUNT_ID: 'ab'.repeat(16) };

test('good variables have no problem', () => {
  expect(variableProblems(variables)).toEqual([]);
});

test.each([
  ['is missing', { FETTLE_MACHINE_KEY: '' }, 'FETTLE_MACHINE_KEY is not set'],
  ['is short', { FETTLE_TOKEN_KEY: 'hush' }, 'FETTLE_TOKEN_KEY is too short'],
  ['is optional and short', { FETTLE_HOST_TOKEN: 'hush' }, 'FETTLE_HOST_TOKEN is too short'],
  ['is an audience without a team', { FETTLE_ACCESS_AUDIENCE: 'hush' }, 'FETTLE_ACCESS_TEAM is not set'],
  [
    'sends people elsewhere',
    { FETTLE_ACCESS_TEAM: 'http://hush.example.com', FETTLE_ACCESS_AUDIENCE: 'a' },
    'FETTLE_ACCESS_TEAM: expected https://<team>.cloudflareaccess.com',
  ],
  [
    'is used twice',
    { FETTLE_COMMAND_KEY: 'FETTLE_MACHINE_KEY'.padEnd(40, '-') },
    'is the same as FETTLE_MACHINE_KEY',
  ],
  ['names no account', { CLOUDFLARE_ACCOUNT_ID: 'mine' }, 'CLOUDFLARE_ACCOUNT_ID: expected'],
])('a variable that %s is named, and its value is not told', (_what, change, problem) => {
  const problems = variableProblems({ ...variables, ...change });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
  expect(problems[0]).not.toContain('hush');
});
