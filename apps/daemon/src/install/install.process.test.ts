import { access, mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCKED_BY, lockedFiles } from '../../test/locked-files.ts';
import { makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { startTestRegistry, type TestRegistry } from '../../test/test-registry.ts';
import { makeTestWorld, type TestRepositories, type TestWorld } from '../../test/test-repositories.ts';
import { installDependencies } from './install.ts';

let world: TestWorld;
let repositories: TestRepositories;
let registry: TestRegistry;
let machine: TestMachine;
let sequence = 1;

beforeAll(async () => {
  world = await makeTestWorld();
  registry = await startTestRegistry(join(world.folder, 'registry'));
  repositories = await world.repositories();
  machine = await makeTestMachine(world, repositories);
  await machine.boot();
  for (const by of LOCKED_BY) await installDependencies(machine.disk, await checkout(by));
  // Four package managers come from the registry.
}, 180_000);

afterAll(async () => {
  await machine?.shutDown();
  await world?.remove();
});

/** A folder on the machine's disk with a repository's files. */
async function checkout(by: (typeof LOCKED_BY)[number], name = 'first'): Promise<string> {
  return folderWith(`${by} ${name}`, lockedFiles(by, registry));
}

async function folderWith(name: string, files: Record<string, string>): Promise<string> {
  const folder = join(world.folder, name);
  await mkdir(folder);
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
  return folder;
}

async function installed(folder: string): Promise<string> {
  return readFile(join(folder, 'node_modules', 'tiny', 'index.js'), 'utf8');
}

async function refusal(files: Record<string, string>) {
  sequence += 1;
  return installDependencies(machine.disk, await folderWith(`refused ${sequence}`, files)).catch(
    (error: unknown) => error,
  );
}

describe.each(LOCKED_BY)('a repository that is locked by %s', (by) => {
  test('is installed with it, from the registry', async () => {
    expect(await installed(join(world.folder, `${by} first`))).toContain('tiny 1.0.0');
    expect(registry.requests).toBeGreaterThan(0);
  });

  test('shares no file of its dependencies with another checkout', async () => {
    const file = join(world.folder, `${by} first`, 'node_modules', 'tiny', 'index.js');
    expect((await stat(file)).nlink).toBe(1);
  });

  test('whose lockfile does not fit fails, and what runs goes on', async () => {
    const before = await readlink(machine.disk.current);
    await repositories.pushCustomerFiles(lockedFiles(by, registry, { wanted: '2.0.0' }));
    sequence += 1;
    const action = `demo.web-1.1/${sequence}`;
    const { exitCode, result } = await machine.apply('--customer', 'main', '--action', action);
    expect({ exitCode, result }).toMatchObject({
      exitCode: 15,
      result: { ok: false, step: 'install', code: 'COMMAND_FAILED' },
    });
    expect(await readlink(machine.disk.current)).toBe(before);
    expect(await machine.webRelease()).toBe('1.4.0');
    for (const file of ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', '.yarnrc.yml', 'bun.lock'])
      if (file in lockedFiles(by, registry)) await repositories.removeCustomerFile(file);
  });
});

test('a command of the repository is run in place of a manager, and its failure is the install’s', async () => {
  const program = "require('fs').writeFileSync('made', process.argv[1] + process.env.npm_config_cache)";
  const command = (install: unknown) => ({ 'package.json': JSON.stringify({ fettle: { install } }) });
  const folder = await folderWith('command', command(['node', '--eval', program, '$HOME; ']));
  await installDependencies(machine.disk, folder);
  expect(await readFile(join(folder, 'made'), 'utf8')).toBe(`$HOME; ${machine.disk.npmCache}`);

  expect(await refusal(command(['node', '--eval', 'process.exit(3)']))).toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('ended with code 3'),
  });
  expect(await refusal(command(['./no-such-program']))).toMatchObject({ code: 'VERSION_UNUSABLE' });
  expect(await refusal(command('npm install'))).toMatchObject({
    code: 'VERSION_UNUSABLE',
    message: expect.stringContaining('fettle.install: expected Array'),
  });
});

test.each(['npm@10.9.0', 'pnpm@10.18.0'])(
  'a command finds %s, and no program of the checkout in place of its own',
  async (packageManager) => {
    const [name = ''] = packageManager.split('@');
    const program = `require('fs').writeFileSync('path', process.env.PATH)`;
    const install = ['node', '--eval', program];
    const manifest = { 'package.json': JSON.stringify({ packageManager, fettle: { install } }) };
    const folder = await folderWith(`command with ${name}`, manifest);
    await installDependencies(machine.disk, folder);
    const folders = (await readFile(join(folder, 'path'), 'utf8')).split(delimiter);
    expect(folders.filter((one) => !isAbsolute(one))).toEqual([]);
    const found = await Promise.all(
      folders.map((one) =>
        access(join(one, name)).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(found).toContain(true);
  },
);

test('a package.json that is none is refused', async () => {
  expect(await refusal({ 'package.json': '{"name": ' })).toMatchObject({
    step: 'install',
    code: 'VERSION_UNUSABLE',
    message: expect.stringContaining('package.json is not JSON'),
  });
});

describe('while the registry is away', () => {
  beforeAll(async () => {
    await registry.close();
  });

  test.each(LOCKED_BY)('what %s installed once installs again', async (by) => {
    const folder = await checkout(by, 'again');
    await installDependencies(machine.disk, folder);
    expect(await installed(folder)).toContain('tiny 1.0.0');
  });
});
