import { readlink, rename, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machineSpec } from '../../test/machine-spec.ts';
import { makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestRepositories, type TestWorld } from '../../test/test-repositories.ts';

let world: TestWorld;
let repositories: TestRepositories;
let machine: TestMachine;

beforeAll(async () => {
  world = await makeTestWorld();
  repositories = await world.repositories();
  machine = await makeTestMachine(world, repositories);
});

afterAll(async () => {
  await world?.remove();
});

/** What the machine's checkout task does at a start with these versions to start with. */
async function start(overrides: Parameters<typeof machineSpec>[0]) {
  const { platformUrl: platform, customerUrl: customer } = repositories;
  const spec = machineSpec({ repositories: { platform, customer }, ...overrides });
  await writeFile(machine.disk.machineFile, JSON.stringify(spec));
  const { result, stderr, exitCode } = await machine.apply('--initial');
  return { result, stderr, exitCode, set: await readlink(machine.disk.current) };
}

test('a machine comes to the versions that a newer action asked for, once', async () => {
  const first = await start({ versions: repositories.heads, versionsFrom: 'demo.web-1.1/1' });
  expect(first.result).toMatchObject({ ok: true, previous: null, versions: repositories.heads });

  const commit = await repositories.pushGoodCustomer();
  const order = { versions: { customer: 'main' }, versionsFrom: 'demo.web-1.1/5', image: 'image-2' };
  const rebuilt = await start(order);
  expect(rebuilt.result).toMatchObject({
    ok: true,
    changed: ['customer'],
    versions: { ...repositories.heads, customer: commit, image: 'image-2' },
  });

  await repositories.pushGoodCustomer();
  const again = await start(order);
  expect(again.result).toMatchObject({ ok: true, changed: [], versions: { customer: commit } });
  expect(again.set).toBe(rebuilt.set);
});

test('a later change is not undone at the next start, also not one by hand', async () => {
  const { customer } = repositories.heads;
  await machine.apply('--customer', customer, '--action', 'by-hand');
  const order = { versions: { customer: 'main' }, versionsFrom: 'demo.web-1.1/5' };
  expect((await start(order)).result).toMatchObject({ ok: true, changed: [], versions: { customer } });
});

test('versions that are current already are left alone, and older actions are refused from then on', async () => {
  const before = await readlink(machine.disk.current);
  const { customer } = repositories.heads;
  const started = await start({ versions: { customer }, versionsFrom: 'demo.web-1.1/9' });
  expect(started).toMatchObject({ result: { ok: true, changed: [] }, set: before });
  const old = await machine.apply('--customer', 'main', '--action', 'demo.web-1.1/8');
  expect(old.result).toMatchObject({ step: 'fence', code: 'STALE_ACTION' });
});

test('a machine on the disk of another one comes to its own versions', async () => {
  const { result } = await start({ versions: { customer: 'main' }, versionsFrom: 'demo.web-1.2/1' });
  expect(result).toMatchObject({ ok: true, changed: ['customer'] });
});

test.each([
  ['there is no such version', async () => {}, 'no-such-branch', 'resolve'],
  [
    'it does not install',
    () => repositories.pushCustomerFiles({ 'package-lock.json': '{}' }),
    'main',
    'install',
  ],
])('when %s it starts with what it has, and says so', async (_, spoil, customer, step) => {
  const before = await readlink(machine.disk.current);
  await spoil();
  const { result, stderr, set } = await start({ versions: { customer }, versionsFrom: 'demo.web-1.2/7' });
  expect(result).toMatchObject({ ok: true, changed: [] });
  expect(stderr).toContain('The versions of demo.web-1.2/7 could not be had; the machine starts with set');
  expect(stderr).toContain(`${step}:`);
  expect(set).toBe(before);
});

test('while the repository is away it starts with what it has, and comes to its versions when it is back', async () => {
  const before = await readlink(machine.disk.current);
  const { customer } = repositories.heads;
  const order = { versions: { platform: 'main', customer }, versionsFrom: 'demo.web-1.2/8' };
  const away = `${repositories.dir}-away`;
  await rename(repositories.dir, away);
  try {
    const { result, stderr, set } = await start(order);
    expect({ result, set }).toMatchObject({ result: { ok: true, changed: [] }, set: before });
    expect(stderr).toContain('fetch: The repository platform');
  } finally {
    await rename(away, repositories.dir);
  }
  expect((await start(order)).result).toMatchObject({ ok: true, versions: { customer } });
});
