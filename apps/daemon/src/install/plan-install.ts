/** How a checkout's dependencies are to be installed, from what is in it. Pure. */
import { VersionChangeError } from '../versions/version-change-error.ts';
import type { Manifest } from './manifest.ts';

/** A package manager; npm is the one that comes with Node, whatever version is asked for. */
export type Manager = { name: 'npm' } | { name: 'pnpm' | 'yarn' | 'bun'; version: string };

/** How to install: with a manager, or with a command that may need one. */
export type InstallPlan =
  | { kind: 'nothing' }
  | { kind: 'manager'; manager: Manager }
  | { kind: 'command'; command: string[]; manager: Manager | null };

/** Lockfiles, and who understands them. Of two that one manager understands it takes its own pick. */
export const LOCKFILES = {
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
} as const satisfies Record<string, Manager['name']>;

export type LockfileName = keyof typeof LOCKFILES;

/**
 * The plan: a command from the configuration first, then the manager that `packageManager` names, then the one whose
 * lockfile is there. `lockfiles`: those that are there, with how they begin. Throws `VERSION_UNUSABLE` when it is not
 * clear, or when nothing is locked: such a version would install differently every time.
 */
export function planInstall(
  manifest: Manifest | null,
  lockfiles: ReadonlyMap<LockfileName, string>,
): InstallPlan {
  const named = manifest?.packageManager === undefined ? null : parseManager(manifest.packageManager);
  const command = manifest?.fettle.install;
  if (command !== undefined) return { kind: 'command', command, manager: named };

  const files = [...lockfiles.keys()];
  const names = new Set(files.map((file) => LOCKFILES[file]));
  const name = named?.name ?? [...names][0];
  if (named === null && names.size > 1)
    throw unusable(`There are ${files.join(' and ')}: package.json: packageManager has to name one manager`);
  if (name === undefined || !names.has(name)) {
    if (Object.keys(manifest?.dependencies ?? {}).length > 0) throw unlocked(name ?? null);
    return { kind: 'nothing' };
  }
  return { kind: 'manager', manager: named ?? defaultManager(name, lockfiles) };
}

const EXACT = /^(npm|pnpm|yarn|bun)@(\d+\.\d+\.\d+(?:-[\w.]+)?)(?:\+[\w.]+)?$/;

function parseManager(field: string): Manager {
  const [, name, version] = EXACT.exec(field) ?? [];
  if (name === undefined || version === undefined) {
    throw unusable(
      `package.json: packageManager: ${JSON.stringify(field)} is not understood; expected npm, pnpm, yarn or bun with an exact version, such as pnpm@10.18.0`,
    );
  }
  return name === 'npm' ? { name } : { name: name as 'pnpm' | 'yarn' | 'bun', version };
}

/**
 * The version of a manager for a repository that names none, by the format of its lockfile: each is the last that we
 * have tried of those that write this format, because a frozen install with another format is refused by the manager.
 * bun reads all of its formats.
 */
const DEFAULTS: readonly { file: LockfileName; begins: RegExp; version: string }[] = [
  { file: 'pnpm-lock.yaml', begins: /^lockfileVersion: '?6\./m, version: '8.15.9' },
  { file: 'pnpm-lock.yaml', begins: /^lockfileVersion: '?9\./m, version: '10.18.0' },
  { file: 'yarn.lock', begins: /^# yarn lockfile v1$/m, version: '1.22.22' },
  { file: 'yarn.lock', begins: /^__metadata:\r?\n {2}version: 6$/m, version: '3.8.7' },
  { file: 'yarn.lock', begins: /^__metadata:\r?\n {2}version: 8$/m, version: '4.12.0' },
  { file: 'yarn.lock', begins: /^__metadata:\r?\n {2}version: 10$/m, version: '4.18.1' },
  { file: 'bun.lock', begins: /^/, version: '1.4.5' },
  { file: 'bun.lockb', begins: /^/, version: '1.4.5' },
];

function defaultManager(name: Manager['name'], lockfiles: ReadonlyMap<LockfileName, string>): Manager {
  if (name === 'npm') return { name };
  const found = DEFAULTS.find(({ file, begins }) => {
    const text = lockfiles.get(file);
    return text !== undefined && begins.test(text);
  });
  if (found === undefined)
    throw unusable(
      `The lockfile of ${name} has a format that is not known: package.json: packageManager has to name its version`,
    );
  return { name, version: found.version };
}

function unlocked(name: Manager['name'] | null): VersionChangeError {
  const expected = Object.entries(LOCKFILES).filter(([, owner]) => name === null || owner === name);
  const files = expected.map(([file]) => file).join(', ');
  return unusable(`package.json names dependencies, but there is no lockfile; expected one of ${files}`);
}

function unusable(message: string): VersionChangeError {
  return new VersionChangeError({ step: 'install', code: 'VERSION_UNUSABLE', message });
}
