import { WorkRestoreResult } from '@fettle/contract';
import { mkdir, readFile, readdir, realpath, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineSpec } from '../../test/machine-spec.ts';
import { startTestEvidenceStore, type TestEvidenceStore } from '../../test/test-evidence-store.ts';
import { git } from '../../test/test-git.ts';
import { makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestRepositories, type TestWorld } from '../../test/test-repositories.ts';
import { currentNumber } from '../versions/current-set.ts';
import { createGit } from '../versions/git.ts';
import { takeLock } from '../versions/lock.ts';
import { prepareWork } from './bring-work.ts';

let world: TestWorld;
let repositories: TestRepositories;
let store: TestEvidenceStore;
let worked: TestMachine;
let fresh: TestMachine;
/** The changed file as it was saved. */
let savedChangelog: string;

/** A machine with checkouts that was never booted: nobody in it works but the test. */
async function makeMachine(): Promise<TestMachine> {
  const machine = await makeTestMachine(world, repositories, { controlUrl: store.url });
  const { result, stderr } = await machine.apply('--initial');
  if (!result?.ok) throw new Error(`The first checkout failed: ${stderr}`);
  return machine;
}

/** Another machine of the slot, its checkouts clean and the customer's at this commit. */
async function machineAt(commit = repositories.heads.customer): Promise<TestMachine> {
  for (const repository of ['platform', 'customer']) {
    const checkout = join(fresh.disk.current, repository);
    await git(checkout, ['reset', '--quiet', '--hard']);
    await git(checkout, ['clean', '--quiet', '--force', '-d']);
  }
  if (commit !== repositories.heads.customer)
    await git(customerOf(fresh), ['fetch', '--quiet', repositories.customerUrl, 'main']);
  await git(customerOf(fresh), ['checkout', '--quiet', '--detach', commit]);
  return fresh;
}

const customerOf = (machine: TestMachine) => join(machine.disk.current, 'customer');

async function restore(machine: TestMachine, { from = 'demo.web-1.1', evidence = '5' } = {}) {
  const args = ['--root', machine.disk.root, '--from', from, '--evidence', evidence];
  const { lastLine, exitCode, stderr } = await machine.run('work', 'restore', ...args);
  return { exitCode, stderr, result: v.parse(WorkRestoreResult, JSON.parse(lastLine)) };
}

/** A restore that has to be refused, and must change nothing. */
async function refused(machine: TestMachine, ref?: Parameters<typeof restore>[1]) {
  const look = async () => ({
    status: await git(customerOf(machine), ['status', '--porcelain']),
    diff: await git(customerOf(machine), ['diff', 'HEAD']),
    left: await readdir(machine.disk.versions),
  });
  const before = await look();
  const { exitCode, result } = await restore(machine, ref);
  expect(await look()).toEqual(before);
  return { exitCode, result };
}

beforeAll(async () => {
  world = await makeTestWorld();
  repositories = await world.repositories();
  store = await startTestEvidenceStore();
  worked = await makeMachine();
  fresh = await makeMachine();
  const customer = customerOf(worked);
  // A commit that was never pushed, a change that was never committed, and one in the other repository.
  await writeFile(join(customer, 'local.txt'), 'committed here\n');
  await git(customer, ['add', '.']);
  await git(customer, ['commit', '--quiet', '--message', 'Only here']);
  const changelog = await readFile(join(customer, 'CHANGELOG.md'), 'utf8');
  savedChangelog = `${changelog}- 0.0.1: The very first.\n`;
  await writeFile(join(customer, 'CHANGELOG.md'), savedChangelog);
  await mkdir(join(customer, 'deep'));
  await writeFile(join(customer, 'deep', 'binary'), Buffer.from([0, 1, 2, 255, 0]));
  await unlink(join(customer, 'README.md'));
  await writeFile(join(worked.disk.current, 'platform', 'README.md'), 'Platform, changed.\n');
  const { root } = worked.disk;
  const { exitCode, stderr } = await worked.run('evidence', 'collect', '--root', root, '--id', '5');
  if (exitCode !== 0) throw new Error(`The collection failed: ${stderr}`);
});

afterAll(async () => {
  await store?.close();
  await world?.remove();
});

/** Brings the machine with the work to the newest version at a start, as the action with this sequence. */
async function startNewest(sequence: number) {
  const { platformUrl: platform, customerUrl: customer } = repositories;
  const spec = machineSpec({
    controlUrl: store.url,
    repositories: { platform, customer },
    versions: { customer: 'main' },
    versionsFrom: `demo.web-1.1/${sequence}`,
  });
  await writeFile(worked.disk.machineFile, JSON.stringify(spec));
  return worked.apply('--initial');
}

describe('saved work', () => {
  test('comes back into a fresh machine of the same versions, in both repositories, uncommitted', async () => {
    const machine = await machineAt();
    const { exitCode, result } = await restore(machine);
    expect({ exitCode, result }).toMatchObject({
      exitCode: 0,
      result: {
        ok: true,
        restored: [
          { repository: 'platform', base: repositories.heads.platform, files: 1 },
          { repository: 'customer', base: repositories.heads.customer, files: 4 },
        ],
      },
    });
    const customer = customerOf(machine);
    expect(await git(customer, ['rev-parse', 'HEAD'])).toBe(repositories.heads.customer);
    expect((await git(customer, ['status', '--porcelain'])).split('\n')).toEqual([
      'M CHANGELOG.md',
      ' D README.md',
      '?? deep/',
      '?? local.txt',
    ]);
    expect(await readFile(join(customer, 'CHANGELOG.md'), 'utf8')).toBe(savedChangelog);
    expect([...(await readFile(join(customer, 'deep', 'binary')))]).toEqual([0, 1, 2, 255, 0]);
    expect(await readFile(join(machine.disk.current, 'platform', 'README.md'), 'utf8')).toContain('changed');
  });

  test('comes back once: a checkout with changes is refused by name', async () => {
    const machine = await machineAt();
    await restore(machine);
    const { exitCode, result } = await refused(machine);
    expect({ exitCode, result }).toMatchObject({
      exitCode: 14,
      result: { step: 'checkout', code: 'CONFLICT' },
    });
    expect(result.ok === false && result.message).toContain('platform has changes of its own');
    expect(result.ok === false && result.message).toContain('README.md');
  });

  test('comes back at a later version, and what that brought stays', async () => {
    const release = await repositories.pushGoodCustomer();
    const later = await machineAt(release);
    expect((await restore(later)).result).toMatchObject({ ok: true });
    const changelog = await readFile(join(customerOf(later), 'CHANGELOG.md'), 'utf8');
    expect(changelog).toContain('- 1.5.0');
    expect(changelog).toContain('- 0.0.1: The very first.');
  });

  test('comes back at an earlier version, and does not bring the later one along', async () => {
    const customer = join(repositories.dir, 'customer.git');
    const earlier = await git(customer, ['rev-parse', `${repositories.heads.customer}~2`]);
    const back = await machineAt(earlier);
    expect((await restore(back)).result).toMatchObject({ ok: true });
    const changelog = await readFile(join(customerOf(back), 'CHANGELOG.md'), 'utf8');
    expect(changelog).toContain('- 0.0.1: The very first.');
    expect(changelog).not.toContain('- 1.4.0');
  });

  test('that would write over files which the checkout ignores is refused, and they stay', async () => {
    const machine = await machineAt();
    const exclude = join(customerOf(machine), '.git', 'info', 'exclude');
    const before = await readFile(exclude, 'utf8');
    await writeFile(exclude, `${before}\n/deep/\n`);
    await mkdir(join(customerOf(machine), 'deep'));
    await writeFile(join(customerOf(machine), 'deep', 'binary'), 'of this machine');
    const { result } = await refused(machine);
    expect(result).toMatchObject({
      ok: false,
      code: 'CONFLICT',
      message: expect.stringContaining('deep/binary'),
    });
    expect(await readFile(join(customerOf(machine), 'deep', 'binary'), 'utf8')).toBe('of this machine');
    await writeFile(exclude, before);
  });

  test('is written and taken back whole, however little time finding out about it has left', async () => {
    const checkout = await realpath(customerOf(await machineAt()));
    const bundle = join(world.folder, 'work-customer.bundle');
    await writeFile(bundle, store.parts.get('5/work-customer.bundle') ?? '');
    let leftMs = 60_000;
    const { write, undo } = await prepareWork({
      git: await createGit(fresh.disk),
      remainingMs: () => leftMs,
      disk: fresh.disk,
      repository: 'customer',
      remote: { url: repositories.customerUrl, env: {} },
      checkout,
      bundle,
      folder: join(world.folder, 'prepared.git'),
    });
    leftMs = 1;
    await write();
    expect(await git(checkout, ['status', '--porcelain'])).toContain('local.txt');
    await undo();
    expect(await git(checkout, ['status', '--porcelain'])).toBe('');
  });

  test('that conflicts with what is there now is refused by file, in both repositories', async () => {
    const commit = await repositories.pushCustomerFiles({ 'README.md': 'Written anew.\n' });
    const other = await machineAt(commit);
    const { exitCode, result } = await refused(other);
    expect({ exitCode, result }).toMatchObject({
      exitCode: 14,
      result: { step: 'checkout', code: 'CONFLICT' },
    });
    expect(result.ok === false && result.message).toContain(
      'conflicts with what customer has now: README.md',
    );
    expect(await git(join(other.disk.current, 'platform'), ['status', '--porcelain'])).toBe('');
  });
});

describe('a restore is refused, and nothing changes', () => {
  test('when there is no such evidence, or no work in it', async () => {
    const machine = await machineAt();
    const { exitCode, result } = await refused(machine, { evidence: '6' });
    expect({ exitCode, result }).toMatchObject({
      exitCode: 13,
      result: { step: 'resolve', code: 'NOT_FOUND' },
    });
    expect(result.ok === false && result.message).toBe('Evidence 6 of demo.web-1.1 holds no work');
  });

  test('when a version change runs, when the control plane is no help, when it is asked for nonsense', async () => {
    const machine = await machineAt();
    const held = takeLock(machine.disk.lock);
    try {
      expect(await refused(machine)).toMatchObject({ exitCode: 10, result: { step: 'lock', code: 'BUSY' } });
    } finally {
      held[Symbol.dispose]();
    }
    store.mode = 'refuse';
    expect(await refused(machine)).toMatchObject({
      exitCode: 12,
      result: { step: 'fetch', code: 'CONTROL_PLANE_UNREACHABLE' },
    });
    store.mode = 'keep';
    expect(await refused(machine, { from: '../x' })).toMatchObject({
      exitCode: 2,
      result: { step: 'input', code: 'BAD_REQUEST' },
    });
  });

  test('when what was stored is no bundle', async () => {
    store.parts.set('8/work-customer.bundle', Buffer.from('<h1>not a bundle</h1>'));
    const { result } = await refused(await machineAt(), { evidence: '8' });
    expect(result).toMatchObject({ ok: false, step: 'checkout', code: 'COMMAND_FAILED' });
  });
});

test('a version change keeps the work of the checkout that it replaces, says so, and keeps 20 bundles', async () => {
  const old = new Date('2026-01-01');
  await mkdir(worked.disk.savedWork);
  for (let index = 0; index < 25; index += 1) {
    const path = join(worked.disk.savedWork, `old-${index}.bundle`);
    await writeFile(path, '');
    await utimes(path, old, old);
  }
  const { result, stderr } = await startNewest(9);
  expect(result).toMatchObject({ ok: true, changed: ['customer'] });
  const name = `before-${currentNumber(worked.disk)}-customer.bundle`;
  expect(stderr).toContain(
    `Work in customer that its remote does not have (4 files) is kept in versions/saved-work/${name}`,
  );
  const bundles = await readdir(worked.disk.savedWork);
  expect(bundles).toHaveLength(20);
  expect(bundles).toContain(name);
  const checkout = customerOf(worked);
  await git(checkout, ['fetch', '--quiet', join(worked.disk.savedWork, name), 'work']);
  expect(await git(checkout, ['show', 'FETCH_HEAD:CHANGELOG.md'])).toBe(savedChangelog.trim());
});

test('work on a version that the other machine has never seen comes back all the same', async () => {
  const machine = await machineAt();
  await repositories.pushCustomerFiles({ 'later.txt': 'Part of a later version.\n' });
  expect((await startNewest(10)).result).toMatchObject({ ok: true, changed: ['customer'] });
  await writeFile(join(customerOf(worked), 'note.txt'), 'Work on it.\n');
  const { root } = worked.disk;
  expect(await worked.run('evidence', 'collect', '--root', root, '--id', '11')).toMatchObject({
    exitCode: 0,
  });
  expect((await restore(machine, { evidence: '11' })).result).toMatchObject({ ok: true });
  expect(await git(customerOf(machine), ['status', '--porcelain'])).toBe('?? note.txt');
});

test('changes by hand keep the work of each checkout that they replace', async () => {
  const before = await readdir(worked.disk.savedWork);
  for (const ref of [repositories.heads.customer, 'main']) {
    await writeFile(join(customerOf(worked), 'by-hand.txt'), 'Work.\n');
    await worked.apply('--customer', ref, '--action', 'by-hand');
  }
  const added = (await readdir(worked.disk.savedWork)).filter((name) => !before.includes(name));
  expect(added).toHaveLength(2);
});
