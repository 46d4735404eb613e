import type { RepositoryName } from '@fettle/contract/version-set';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import { deadlineIn } from '../evidence/deadline.ts';
import { saveWork } from '../evidence/save-work.ts';
import type { StoredSet } from './current-set.ts';
import { createGit } from './git.ts';

/** Bundles on the disk: the newest. Each is as large as the work in it. */
const BUNDLES_KEPT = 20;

/** A change waits for its predecessor's work no longer than this, in milliseconds. */
const TIME_MS = 20_000;

/**
 * Keeps the uncommitted work of the checkouts that a change is about to replace, as git bundles on the disk. Says what
 * it did, and never stands in the way of the change.
 */
export async function keepReplacedWork({
  disk,
  current,
  changed,
  set,
}: {
  disk: DiskLayout;
  current: StoredSet;
  /** Repositories with a new checkout. */
  changed: readonly RepositoryName[];
  /** The set that comes next. */
  set: Pick<StoredSet, 'number'>;
}): Promise<void> {
  const { remainingMs } = deadlineIn(TIME_MS);
  const folder = join(disk.versions, `saved-work.${process.pid}.partial`);
  for (const repository of changed) {
    try {
      const git = await createGit(disk);
      const checkout = current.checkouts[repository];
      const known = current.versions[repository];
      const found = await saveWork({ git, remainingMs, disk, repository, checkout, known, folder });
      if (found === null) continue;
      await mkdir(disk.savedWork, { recursive: true });
      // Not by the action: a change by hand has none of its own, and would take the place of what is kept there.
      const name = `before-${set.number}-${repository}.bundle`;
      await rename(found.bundle, join(disk.savedWork, name));
      console.error(
        `Work in ${repository} that its remote does not have (${found.saved.files} files) is kept in versions/saved-work/${name}`,
      );
      await removeOldBundles(disk);
    } catch (error) {
      console.error(
        `Work in ${repository} could not be saved; its checkout stays until the change after this one: ${String(error)}`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function removeOldBundles({ savedWork }: DiskLayout): Promise<void> {
  const bundles = await Promise.all(
    (await readdir(savedWork)).map(async (name) => {
      const path = join(savedWork, name);
      return { path, savedAt: (await stat(path)).mtimeMs };
    }),
  );
  const old = bundles.toSorted((a, b) => b.savedAt - a.savedAt).slice(BUNDLES_KEPT);
  for (const { path } of old) await rm(path, { force: true });
}
