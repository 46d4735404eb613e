import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../../test/test-git.ts';
import { startGitHttpServer, type GitHttpServer } from '../../test/git-http-server.ts';
import { makeTestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestRepositories, type TestWorld } from '../../test/test-repositories.ts';

const USER = 'machine-user';
const PASSWORD = 'correct-horse-battery';

let world: TestWorld;
let repositories: TestRepositories;
let server: GitHttpServer;

beforeAll(async () => {
  world = await makeTestWorld();
  repositories = await world.repositories();
  server = await startGitHttpServer({ folder: repositories.dir, user: USER, password: PASSWORD });
});

afterAll(async () => {
  await server?.close();
  await world?.remove();
});

/** The first checkout of a machine whose customer repository is at this address; every word that it said. */
async function firstCheckout(customerUrl: string, customer = 'main') {
  const versions = { platform: 'main', customer };
  const machine = await makeTestMachine(world, { ...repositories, customerUrl }, { versions });
  const { result, exitCode, stderr } = await machine.apply('--initial');
  return { machine, result, exitCode, said: `${stderr}\n${JSON.stringify(result)}` };
}

const at = (userInfo = '') => `http://${userInfo}127.0.0.1:${server.port}/customer.git`;

test('a repository that asks for credentials is told as such, and nobody is prompted', async () => {
  const { result, exitCode, said } = await firstCheckout(at());
  expect(exitCode).toBe(12);
  expect(result).toMatchObject({ ok: false, step: 'fetch', code: 'REPOSITORY_REFUSED' });
  expect(said).toContain(`The repository customer at ${at()} asks for credentials`);
});

test('a password that is refused is in no message and no log', async () => {
  const { result, said } = await firstCheckout(at(`${USER}:wrong-${PASSWORD}@`));
  expect(result).toMatchObject({ ok: false, step: 'fetch', code: 'REPOSITORY_REFUSED' });
  expect(said).toContain('http://127.0.0.1');
  expect(said).not.toMatch(/correct-horse|machine-user/);
});

test('with the right one the machine gets its version, and the checkout does not know the password', async () => {
  const { machine, result, said } = await firstCheckout(at(`${USER}:${PASSWORD}@`));
  expect(result).toMatchObject({ ok: true, versions: repositories.heads });
  expect(said).not.toContain(PASSWORD);
  for (const config of [
    join(machine.disk.current, 'customer/.git/config'),
    join(machine.disk.gitCaches, 'customer.git/config'),
    machine.disk.gitConfig,
    machine.disk.machineFile,
  ])
    expect(await readFile(config, 'utf8')).not.toContain(PASSWORD);
});

test('a ref that does not exist is named with its repository, without the password', async () => {
  const { result, said } = await firstCheckout(at(`${USER}:${PASSWORD}@`), 'no-such-branch');
  expect(result).toMatchObject({ ok: false, step: 'resolve', code: 'NOT_FOUND' });
  expect(said).toContain('The repository customer at http://127.0.0.1');
  expect(said).toContain('has no branch, tag or commit');
  expect(said).toContain('no-such-branch');
  expect(said).not.toContain(PASSWORD);
});

test('an address that answers with a page is no repository', async () => {
  server.mode = 'html';
  try {
    const { result, said } = await firstCheckout(at(`${USER}:${PASSWORD}@`));
    expect(result).toMatchObject({ ok: false, step: 'fetch', code: 'REPOSITORY_UNREACHABLE' });
    expect(said).toContain('what answers there is no git repository');
    expect(said).not.toContain(PASSWORD);
  } finally {
    server.mode = 'serve';
  }
});

test.each([
  ['nobody listens at', () => `http://${USER}:${PASSWORD}@127.0.0.1:1/customer.git`, 'cannot be reached'],
  ['that is not there', () => `${at(`${USER}:${PASSWORD}@`)}.git`, 'is not there, or is not shown to us'],
])('a repository %s is unreachable', async (_, url, words) => {
  const { result, said } = await firstCheckout(url());
  expect(result).toMatchObject({ ok: false, step: 'fetch', code: 'REPOSITORY_UNREACHABLE' });
  expect(said).toContain(words);
  expect(said).not.toContain(PASSWORD);
});

test('a page in place of a repository does not make a machine forget what it knows', async () => {
  const { machine } = await firstCheckout(at(`${USER}:${PASSWORD}@`));
  const cache = join(machine.disk.gitCaches, 'customer.git');
  const before = await git(cache, ['for-each-ref']);
  server.mode = 'html';
  try {
    const { result } = await machine.apply('--customer', 'main', '--action', 'demo.web-1.1/2');
    expect(result).toMatchObject({ ok: false, step: 'fetch', code: 'REPOSITORY_UNREACHABLE' });
  } finally {
    server.mode = 'serve';
  }
  expect(await git(cache, ['for-each-ref'])).toBe(before);
});

test('a repository without a single commit has no version to start with', async () => {
  const empty = await world.repositories();
  await rm(join(empty.dir, 'customer.git', 'refs', 'heads', 'main'), { force: true });
  await rm(join(empty.dir, 'customer.git', 'packed-refs'), { force: true });
  const { result } = await firstCheckout(empty.customerUrl);
  expect(result).toMatchObject({ ok: false, step: 'fetch', code: 'REPOSITORY_UNREACHABLE' });
});
