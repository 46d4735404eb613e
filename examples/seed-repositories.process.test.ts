import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from './git.ts';
import {
  commitBadCustomer,
  commitBadPlatform,
  commitGoodCustomer,
  seedRepositories,
  type SeededRepositories,
} from './seed-repositories.ts';

const run = promisify(execFile);

let folder: string;
let dir: string;
let heads: SeededRepositories;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-examples-test-'));
  dir = join(folder, 'repos');
  heads = await seedRepositories({ dir });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A checkout of the customer's repository, its dependencies installed without a registry. */
async function installedCustomer(commit: string): Promise<string> {
  const work = await mkdtemp(join(folder, 'work-'));
  await git(work, ['clone', '--quiet', join(dir, 'customer.git'), '.']);
  await git(work, ['checkout', '--quiet', commit]);
  const env = { ...process.env, npm_config_cache: join(folder, 'empty-cache') };
  await run('npm', ['ci', '--offline', '--no-audit', '--no-fund'], { cwd: work, env });
  return work;
}

/** Starts the service and resolves with its first line of output, or its exit code when it ends. */
async function startService(work: string): Promise<{ line: string | null; exitCode: number | null }> {
  const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: join(work, 'data') };
  const service = spawn(process.execPath, ['server.mjs'], {
    cwd: work,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(service, 'exit');
  const first = once(service.stdout, 'data').then(([chunk]) => String(chunk));
  const line = await Promise.race([first, ended.then(() => null)]);
  service.kill();
  await ended;
  return { line, exitCode: service.exitCode };
}

test('each repository has a history on main, and nothing else is left in the folder', async () => {
  expect((await readdir(dir)).toSorted()).toEqual(['customer.git', 'platform.git']);
  for (const name of ['platform', 'customer'] as const) {
    const bare = join(dir, `${name}.git`);
    const commits = (await git(bare, ['rev-list', 'main'])).split('\n');
    expect(commits.length).toBeGreaterThanOrEqual(4);
    expect(commits[0]).toBe(heads[name]);
    expect(await git(bare, ['fsck', '--full', '--strict'])).toBe('');
  }
});

test('seeding again changes nothing, and seeding elsewhere gives the same commits', async () => {
  expect(await seedRepositories({ dir })).toEqual(heads);
  expect(await seedRepositories({ dir: join(folder, 'elsewhere') })).toEqual(heads);
});

test('the customer’s commits hold the service and nothing that lies about beside it', async () => {
  expect(await git(join(dir, 'customer.git'), ['ls-tree', '-r', '--name-only', 'main'])).toBe(
    [
      'CHANGELOG.md',
      'README.md',
      'guestbook.mjs',
      'package-lock.json',
      'package.json',
      'release.json',
      'server.mjs',
      'vendor/escape-html-1.0.3.tgz',
    ].join('\n'),
  );
});

test('the customer’s service installs without a registry and starts', async () => {
  const work = await installedCustomer(heads.customer);
  expect(await readdir(join(work, 'node_modules'))).toContain('escape-html');
  expect((await startService(work)).line).toContain('Guestbook 1.4.0 listens');
});

test('the bad customer version installs and then ends at its start; the good one after it works', async () => {
  const bad = await commitBadCustomer(dir);
  const good = await commitGoodCustomer(dir);
  expect(await git(join(dir, 'customer.git'), ['rev-list', `${heads.customer}..main`])).toBe(
    `${good}\n${bad}`,
  );
  expect(await startService(await installedCustomer(bad))).toEqual({ line: null, exitCode: 1 });
  expect((await startService(await installedCustomer(good))).line).toContain('Guestbook 1.6.0 listens');
});

test('the bad platform version parses and then ends at its start', async () => {
  const commit = await commitBadPlatform(dir);
  const work = await mkdtemp(join(folder, 'platform-'));
  await git(work, ['clone', '--quiet', join(dir, 'platform.git'), '.']);
  expect(await git(work, ['rev-parse', 'HEAD'])).toBe(commit);
  await run(process.execPath, ['--check', 'daemon.cjs'], { cwd: work });
  await expect(run(process.execPath, ['daemon.cjs'], { cwd: work })).rejects.toMatchObject({ code: 78 });
});
