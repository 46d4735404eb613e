import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { Manifest } from './manifest.ts';
import { planInstall, type LockfileName } from './plan-install.ts';

const PNPM = ['pnpm-lock.yaml', "lockfileVersion: '9.0'\n"] as const;
const NPM = ['package-lock.json', '{}'] as const;
const DEPENDENCIES = { dependencies: { 'is-number': '7.0.0' } };

function plan(manifest: v.InferInput<typeof Manifest> | null, ...files: (readonly [LockfileName, string])[]) {
  return planInstall(manifest && v.parse(Manifest, manifest), new Map(files));
}

describe('a repository that names its package manager', () => {
  test.each([
    ['pnpm@9.15.1', { name: 'pnpm', version: '9.15.1' }],
    ['pnpm@9.15.1+sha512.0af1', { name: 'pnpm', version: '9.15.1' }],
    ['pnpm@10.0.0-rc.2', { name: 'pnpm', version: '10.0.0-rc.2' }],
  ])('%s gets it', (packageManager, manager) => {
    expect(plan({ packageManager }, PNPM)).toEqual({ kind: 'manager', manager });
  });

  test('gets it also where another one left a lockfile', () => {
    expect(plan({ packageManager: 'npm@10.0.0' }, PNPM, NPM)).toMatchObject({ manager: { name: 'npm' } });
  });

  test.each(['deno@2.0.0', 'pnpm', 'pnpm@^9', 'pnpm@latest', 'yarn@4', 'pnpm@1.2.3 --global', ''])(
    'as %j is refused by field, with what is understood',
    (packageManager) => {
      expect(() => plan({ packageManager }, PNPM)).toThrow(
        `package.json: packageManager: ${JSON.stringify(packageManager)} is not understood; expected npm, pnpm, yarn or bun`,
      );
    },
  );

  test('without its lockfile is refused when there is something to install', () => {
    const packageManager = 'yarn@1.22.22';
    expect(() => plan({ packageManager, ...DEPENDENCIES }, NPM)).toThrow('expected one of yarn.lock');
    expect(plan({ packageManager })).toEqual({ kind: 'nothing' });
  });
});

describe('a repository that names none gets the one whose lockfile is there', () => {
  test.each([
    ['package-lock.json', '{}', { name: 'npm' }],
    ['npm-shrinkwrap.json', '{}', { name: 'npm' }],
    ['pnpm-lock.yaml', 'lockfileVersion: 6.0\n', { name: 'pnpm', version: '8.15.9' }],
    ['pnpm-lock.yaml', "lockfileVersion: '9.0'\n", { name: 'pnpm', version: '10.18.0' }],
    ['yarn.lock', '# A comment\n# yarn lockfile v1\n', { name: 'yarn', version: '1.22.22' }],
    ['yarn.lock', '__metadata:\n  version: 6\n', { name: 'yarn', version: '3.8.7' }],
    ['yarn.lock', '__metadata:\n  version: 8\n', { name: 'yarn', version: '4.12.0' }],
    ['yarn.lock', '__metadata:\n  version: 10\n', { name: 'yarn', version: '4.18.1' }],
    ['bun.lock', '{\n  "lockfileVersion": 1', { name: 'bun', version: '1.4.5' }],
    ['bun.lockb', '#!/usr/bin/env bun', { name: 'bun', version: '1.4.5' }],
  ] as const)('%s %j', (file, begins, manager) => {
    expect(plan({}, [file, begins])).toEqual({ kind: 'manager', manager });
  });

  test('of a format that nobody has heard of is refused', () => {
    expect(() => plan({}, ['yarn.lock', '__metadata:\n  version: 99\n'])).toThrow('yarn has a format');
  });

  test('two of different managers are refused by name', () => {
    expect(() => plan({}, NPM, PNPM)).toThrow('There are package-lock.json and pnpm-lock.yaml');
  });

  test('none is refused when there is something to install', () => {
    expect(() => plan(DEPENDENCIES)).toThrow('there is no lockfile');
    expect(plan({})).toEqual({ kind: 'nothing' });
    expect(plan(null)).toEqual({ kind: 'nothing' });
  });
});

test('a command from the configuration comes first, and has the named manager at hand', () => {
  const install = ['pnpm', 'install', '--prod'];
  const manifest = { fettle: { install }, packageManager: 'pnpm@10.18.0', ...DEPENDENCIES };
  expect(plan(manifest)).toEqual({
    kind: 'command',
    command: install,
    manager: { name: 'pnpm', version: '10.18.0' },
  });
  expect(plan({ fettle: { install } }, NPM, PNPM)).toEqual({
    kind: 'command',
    command: install,
    manager: null,
  });
});
