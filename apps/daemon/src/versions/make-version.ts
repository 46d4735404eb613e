import type { MachineSpec, RepositoryName } from '@fettle/contract';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import { makeCheckout } from './checkout.ts';
import { entryFiles } from './entry-file.ts';
import type { Git } from './git.ts';

import { ignoreInstalled } from '../install/ignore-installed.ts';
import { installDependencies } from '../install/install.ts';
import { inStep } from './version-change-error.ts';
import { verifyEntries } from './verify.ts';

/** A checkout that is ready to run. */
export type MadeVersion = { commit: string; folder: string };

/** What a checkout is made with. */
type Parts = { disk: DiskLayout; git: Git; spec: MachineSpec };

/**
 * Fresh checkouts of these commits, installed and verified. When one fails, all that were made are removed.
 * `number`: of the set that they will belong to.
 */
export async function makeVersion({
  commits,
  number,
  ...parts
}: Parts & { commits: ReadonlyMap<RepositoryName, string>; number: number }): Promise<
  Map<RepositoryName, MadeVersion>
> {
  const made = new Map<RepositoryName, MadeVersion>();
  try {
    for (const [repository, commit] of commits) {
      const folder = join(parts.disk.checkouts, `${repository}-${commit}-${number}`);
      made.set(repository, { commit, folder });
      await makeOne(parts, { repository, commit, folder });
    }
    return made;
  } catch (error) {
    for (const { folder } of made.values()) await removeQuietly(folder);
    throw error;
  }
}

async function makeOne(
  { disk, git, spec }: Parts,
  { repository, commit, folder }: MadeVersion & { repository: RepositoryName },
): Promise<void> {
  console.error(`Checking out ${repository} ${commit}`);
  await inStep('checkout', () => makeCheckout({ disk, git, repository, commit, folder }));
  console.error(`Installing ${repository}`);
  await inStep('install', () => installDependencies(disk, folder));
  await inStep('install', () => ignoreInstalled(git, folder));
  const entries = entryFiles(repository, spec.services);
  await inStep('verify', () => verifyEntries({ disk, folder, entries }));
}

async function removeQuietly(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch((error: unknown) =>
    console.error(`${folder} stays until the next change: ${String(error)}`),
  );
}
