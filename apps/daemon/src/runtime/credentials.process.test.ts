import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../../test/test-control-plane.ts';
import { BOOTSTRAP_TOKEN, makeTestCredentials, RENEWAL_TOKEN } from '../../test/test-credentials.ts';
import { makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestWorld } from '../../test/test-repositories.ts';
import { waitFor } from '../../test/wait-for.ts';
import { keep, readKept, readPending, removeForeign } from '../credentials/kept-credentials.ts';
import { credentialsCommand } from './credentials-command.ts';

const NOWHERE = { dir: '', platformUrl: 'file:///p.git', customerUrl: 'file:///c.git' };
const ID = 'demo.web-1.1';

let world: TestWorld;
let plane: TestControlPlane;

beforeAll(async () => {
  world = await makeTestWorld();
  plane = await startTestControlPlane({ reportEveryMs: 600_000 });
});
afterAll(async () => {
  await plane?.goAway();
  await world?.remove();
});
beforeEach(() => {
  plane.credentials = makeTestCredentials();
});

async function newMachine(bootstrap = BOOTSTRAP_TOKEN): Promise<TestMachine> {
  const repositories = NOWHERE as Parameters<typeof makeTestMachine>[1];
  return makeTestMachine(world, repositories, { controlUrl: plane.url, bootstrap });
}

const exchange = (machine: TestMachine) => machine.run('credentials', '--root', machine.disk.root);
const bootstrapFile = (machine: TestMachine) => join(machine.disk.root, 'fettle', 'bootstrap.json');

test('a machine exchanges its bootstrap token, keeps what it got for itself, and removes the token', async () => {
  const machine = await newMachine();
  const { exitCode, stderr } = await exchange(machine);
  expect(exitCode).toBe(0);
  expect(readKept(machine.disk, ID)?.renewal).toBe(RENEWAL_TOKEN);
  expect((await stat(machine.disk.credentialsFile)).mode & 0o777).toBe(0o600);
  for (const gone of [bootstrapFile(machine), machine.disk.exchangeFile])
    await expect(stat(gone)).rejects.toThrow('ENOENT');
  expect(stderr).not.toContain('fmt2.');
});

test('an answer that is lost is asked for again, under the same claim', async () => {
  plane.credentials.loseAnswers = 2;
  const machine = await newMachine();
  const { exitCode, stderr } = await exchange(machine);
  expect(exitCode).toBe(0);
  expect(plane.credentials.asked).toEqual(['bootstrap', 'bootstrap', 'bootstrap']);
  expect(stderr).toContain('was not exchanged');
  expect(stderr).not.toContain('fmt2.');
});

test('a machine that is killed after the exchange goes on with the claim on its disk', async () => {
  const machine = await newMachine();
  const claim = 'c'.repeat(43);
  await writeFile(
    machine.disk.exchangeFile,
    JSON.stringify({ machineId: ID, token: BOOTSTRAP_TOKEN, claim }),
  );
  plane.credentials.bootstraps.set(BOOTSTRAP_TOKEN, claim);
  expect((await exchange(machine)).exitCode).toBe(0);
});

test.each([
  ['somebody else has used', () => void plane.credentials.bootstraps.set(BOOTSTRAP_TOKEN, 'another claim')],
  ['nobody made', () => void plane.credentials.bootstraps.clear()],
])('a token that %s ends the task, and says what is needed', async (_, spoil) => {
  spoil();
  const { exitCode, stderr } = await exchange(await newMachine());
  expect(exitCode).toBe(3);
  expect(stderr).toContain('The machine needs a new one');
});

test('a machine with credentials asks nobody, also when the used token lies there again', async () => {
  const machine = await newMachine();
  await exchange(machine);
  await plane.goAway();
  try {
    const again = JSON.stringify({ machineId: ID, token: BOOTSTRAP_TOKEN });
    await writeFile(bootstrapFile(machine), again, { mode: 0o400 });
    expect((await exchange(machine)).exitCode).toBe(0);
    await expect(stat(bootstrapFile(machine))).rejects.toThrow('ENOENT');
  } finally {
    await plane.comeBack();
  }
});

test('a control plane that is away is waited for', async () => {
  await plane.goAway();
  const machine = await newMachine();
  const done = exchange(machine);
  await waitFor('it has noted its claim', () => readPending(machine.disk, ID) !== null);
  await plane.comeBack();
  expect((await done).exitCode).toBe(0);
});

test('a token that comes late is waited for', async () => {
  const machine = await newMachine();
  const file = await readFile(bootstrapFile(machine));
  await rm(bootstrapFile(machine));
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const done = credentialsCommand(machine.disk);
  await waitFor('it says what it waits for', () =>
    said.mock.calls.some(([text]) => String(text).startsWith(`Waiting for a bootstrap token of ${ID} in `)),
  );
  await writeFile(bootstrapFile(machine), file);
  expect(await done).toBe(0);
  said.mockRestore();
});

test('credentials of the machine that a disk was copied from are removed, unused', async () => {
  const machine = await newMachine();
  const kept = { machineId: 'demo.web-1.2', renewal: RENEWAL_TOKEN, commandKeys: ['K'.repeat(43)] };
  await keep(machine.disk, { ...kept, repositories: null, bootstrap: 'x' });
  removeForeign(machine.disk, ID);
  await expect(stat(machine.disk.credentialsFile)).rejects.toThrow('ENOENT');
  expect((await stat(bootstrapFile(machine))).mode & 0o777).toBe(0o400);
  expect((await exchange(machine)).exitCode).toBe(0);
});
