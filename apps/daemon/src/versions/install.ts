import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import { commandEnv, runCommand } from './run-command.ts';
import { VersionChangeError } from './version-change-error.ts';

const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Installs a checkout's dependencies exactly as its lockfile says. The cache is on the machine's disk: it works for a
 * user without a home, and what was installed once installs again while the registry is away.
 */
export async function installDependencies(disk: DiskLayout, checkout: string): Promise<void> {
  if (!(await exists(join(checkout, 'package-lock.json')))) return refuseUnlocked(checkout);
  await runCommand({
    step: 'install',
    program: await npmProgram(),
    args: ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier'],
    cwd: checkout,
    env: {
      ...commandEnv(disk),
      npm_config_cache: disk.npmCache,
      npm_config_userconfig: join(disk.home, '.npmrc'),
      npm_config_loglevel: 'warn',
    },
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
}

/** Dependencies without a lockfile would install differently every time; a rollback to such a version means nothing. */
async function refuseUnlocked(checkout: string): Promise<void> {
  const text = await readFile(join(checkout, 'package.json'), 'utf8').catch(() => null);
  if (text === null) return;
  const { dependencies } = JSON.parse(text) as { dependencies?: Record<string, string> };
  if (Object.keys(dependencies ?? {}).length === 0) return;
  throw new VersionChangeError({
    step: 'install',
    code: 'VERSION_UNUSABLE',
    message: 'package.json names dependencies, but there is no package-lock.json',
  });
}

/** The npm that came with our Node, else the one on the PATH. */
async function npmProgram(): Promise<string> {
  const beside = join(dirname(process.execPath), 'npm');
  return (await exists(beside)) ? beside : 'npm';
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
