import { RepositoryName, type SavedWork } from '@fettle/contract';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createMachineCredentials } from '../credentials/machine-credentials.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { readMachineSpec } from '../disk/machine-files.ts';
import { readCurrentSet } from '../versions/current-set.ts';
import { createGit } from '../versions/git.ts';
import { takeLock } from '../versions/lock.ts';
import { VersionChangeError, inStep } from '../versions/version-change-error.ts';
import { prepareWork, type PreparedWork } from './bring-work.ts';
import { deadlineIn } from './deadline.ts';
import { getPart, type PartStore } from './part-store.ts';
import { repositoryAccess } from '../versions/repository-access.ts';

/** For all that comes before the writing, in milliseconds. */
const TIME_MS = 60_000;

/** Names a bundle of evidence of this machine's slot. */
export type SavedWorkRef = { from: string; id: string };

/**
 * Brings the work that a bundle of evidence holds back into the present checkouts, as uncommitted changes: all of it or
 * none. It takes the lock of version changes, so that no checkout is replaced meanwhile. Throws a `VersionChangeError`.
 */
export async function restoreWork(disk: DiskLayout, ref: SavedWorkRef): Promise<SavedWork[]> {
  const spec = await inStep('input', async () => readMachineSpec(disk));
  const credentials = createMachineCredentials({ disk, spec, keeps: false });
  using _lock = await inStep('lock', async () => takeLock(disk.lock));
  const current = readCurrentSet(disk);
  if (current === null) throw notFound('This machine has no checkout yet');

  const { remainingMs, signal } = deadlineIn(TIME_MS);
  const folder = join(disk.versions, `restore.${process.pid}.partial`);
  try {
    await inStep('checkout', () => mkdir(folder, { recursive: true }));
    const bundles = await inStep('fetch', () =>
      fetchBundles({ spec, credentials }, { ...ref, folder, signal }),
    );
    if (bundles.size === 0) throw notFound(`Evidence ${ref.id} of ${ref.from} holds no work`);
    const git = await inStep('checkout', () => createGit(disk));
    const prepared: PreparedWork[] = [];
    for (const [repository, bundle] of bundles) {
      const work = {
        git,
        remainingMs,
        disk,
        repository,
        bundle,
        remote: repositoryAccess(credentials.repositories()[repository]),
        checkout: current.checkouts[repository],
        folder: join(folder, `${repository}.git`),
      };
      prepared.push(await inStep('checkout', () => prepareWork(work)));
    }
    await inStep('checkout', () => writeAll(prepared));
    return prepared.map(({ saved }) => saved);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchBundles(
  store: PartStore,
  { from, id, folder, signal }: SavedWorkRef & { folder: string; signal: AbortSignal },
): Promise<Map<RepositoryName, string>> {
  const bundles = new Map<RepositoryName, string>();
  for (const repository of RepositoryName.options) {
    const part = `work-${repository}.bundle` as const;
    const path = join(folder, part);
    const isThere = await getPart(store, { from, id, part, path, signal }).catch((error: Error) => {
      const code = 'CONTROL_PLANE_UNREACHABLE';
      throw new VersionChangeError({ step: 'fetch', code, message: error.message }, { cause: error });
    });
    if (isThere) bundles.set(repository, path);
  }
  return bundles;
}

/** What could be written is taken back when something could not. */
async function writeAll(prepared: readonly PreparedWork[]): Promise<void> {
  for (const [index, { write }] of prepared.entries()) {
    try {
      await write();
    } catch (error) {
      for (const { undo, saved } of prepared.slice(0, index + 1))
        await undo().catch((failure: unknown) =>
          console.error(`The checkout of ${saved.repository} keeps a part of the work: ${String(failure)}`),
        );
      throw error;
    }
  }
}

function notFound(message: string): VersionChangeError {
  return new VersionChangeError({ step: 'resolve', code: 'NOT_FOUND', message });
}
