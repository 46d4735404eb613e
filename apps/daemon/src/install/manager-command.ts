/** How each package manager installs exactly what its lockfile says. Pure. */
import { join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import type { Manager } from './plan-install.ts';

/** Where a manager comes from: a package, and the program below its `node_modules`. */
export type Tool = { name: string; version: string; package: string; program: string };

/**
 * The tool of a manager; `null` for npm. yarn's later versions are published under another name than its first. bun is
 * one program in a package for each platform; the baseline one runs on every processor, and installing is no computing.
 */
export function toolOf(
  manager: Manager,
  { platform, arch }: { platform: string; arch: string },
): Tool | null {
  if (manager.name === 'npm') return null;
  const { name, version } = manager;
  if (name === 'bun') {
    const build = `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : `${arch}-baseline`}`;
    return { name, version, package: build, program: `${build}/bin/bun` };
  }
  const published = name === 'yarn' && !version.startsWith('1.') ? '@yarnpkg/cli-dist' : name;
  return { name, version, package: published, program: `.bin/${name}` };
}

/**
 * Arguments of a frozen install that asks a registry only for what is not in the cache. Files are copied out of the
 * caches, never linked: what a version writes into its dependencies must not reach those of another one.
 */
export function installArgs(manager: Manager, disk: DiskLayout): string[] {
  switch (manager.name) {
    case 'npm':
      return ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier'];
    case 'pnpm':
      return [
        'install',
        '--frozen-lockfile',
        '--prefer-offline',
        `--store-dir=${join(disk.packageCaches, 'pnpm')}`,
        '--package-import-method=copy',
        '--reporter=append-only',
      ];
    case 'yarn':
      if (!manager.version.startsWith('1.')) return ['install', '--immutable'];
      return [
        'install',
        '--frozen-lockfile',
        '--prefer-offline',
        '--non-interactive',
        '--no-progress',
        `--cache-folder=${join(disk.packageCaches, 'yarn-classic')}`,
      ];
    case 'bun':
      return ['install', '--frozen-lockfile', '--backend=copyfile', '--no-progress'];
  }
}

/** Where the managers keep what they have fetched: on the machine's disk, whoever runs them. */
export function cacheEnv(disk: DiskLayout): Record<string, string> {
  return {
    npm_config_cache: disk.npmCache,
    npm_config_userconfig: join(disk.home, '.npmrc'),
    npm_config_loglevel: 'warn',
    YARN_GLOBAL_FOLDER: join(disk.packageCaches, 'yarn'),
    YARN_ENABLE_TELEMETRY: '0',
    BUN_INSTALL_CACHE_DIR: join(disk.packageCaches, 'bun'),
  };
}
