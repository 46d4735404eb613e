import { expect, test } from 'vitest';
import { toolOf } from './manager-command.ts';

const LINUX = { platform: 'linux', arch: 'x64' };

test.each([
  [{ name: 'pnpm', version: '10.18.0' }, LINUX, 'pnpm', '.bin/pnpm'],
  [{ name: 'yarn', version: '1.22.22' }, LINUX, 'yarn', '.bin/yarn'],
  [{ name: 'yarn', version: '4.12.0' }, LINUX, '@yarnpkg/cli-dist', '.bin/yarn'],
  [
    { name: 'bun', version: '1.4.5' },
    LINUX,
    '@oven/bun-linux-x64-baseline',
    '@oven/bun-linux-x64-baseline/bin/bun',
  ],
  [
    { name: 'bun', version: '1.4.5' },
    { platform: 'darwin', arch: 'arm64' },
    '@oven/bun-darwin-aarch64',
    '@oven/bun-darwin-aarch64/bin/bun',
  ],
] as const)('%j on %j comes from %s', (manager, system, from, program) => {
  expect(toolOf(manager, system)).toMatchObject({ package: from, program, version: manager.version });
});

test('npm comes with Node', () => {
  expect(toolOf({ name: 'npm' }, LINUX)).toBeNull();
});
