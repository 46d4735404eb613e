import type { RepositoryName } from '@fettle/contract';
import { gitCache, type DiskLayout } from '../disk/layout.ts';
import type { Git } from './git.ts';
import { VersionChangeError } from './version-change-error.ts';

const CHECKOUT_TIMEOUT_MS = 120_000;

/**
 * Makes a fresh checkout of a commit that the cache has, and looks that it is that commit, whole: a disk that was full
 * for a moment leaves files cut off. A shared clone rather than a worktree: it leaves nothing in the cache that a kill
 * could strand; and rather than an export: what runs can be asked for its commit and its changes.
 */
export async function makeCheckout({
  disk,
  git,
  repository,
  commit,
  folder,
}: {
  disk: DiskLayout;
  git: Git;
  repository: RepositoryName;
  commit: string;
  /** Absolute; must not exist. */
  folder: string;
}): Promise<void> {
  const cache = gitCache(disk, repository);
  const inFolder = (...args: string[]) =>
    git({ step: 'checkout', args: ['-C', folder, ...args], timeoutMs: CHECKOUT_TIMEOUT_MS });

  await git({
    step: 'checkout',
    args: ['clone', '--quiet', '--shared', '--no-checkout', '--', cache, folder],
  });
  await inFolder('checkout', '--quiet', '--force', '--detach', commit);

  const head = await inFolder('rev-parse', 'HEAD');
  if (head !== commit) throw unusable(`The checkout of ${repository} is at ${head}, not at ${commit}`);
  const changed = await inFolder('status', '--porcelain');
  if (changed !== '')
    throw unusable(`Files of ${repository} differ from ${commit}: ${changed.slice(0, 500)}`);
}

function unusable(message: string): VersionChangeError {
  return new VersionChangeError({ step: 'checkout', code: 'VERSION_UNUSABLE', message });
}
