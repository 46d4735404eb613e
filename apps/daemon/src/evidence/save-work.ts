import type { SavedWork } from '@fettle/contract';
import type { RepositoryName } from '@fettle/contract/version-set';
import { lstat, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gitCache, type DiskLayout } from '../disk/layout.ts';
import { gitIn, openScratch, type GitRun, type RunGit } from './scratch-repository.ts';

/** The branch in the bundle. */
export const WORK_REF = 'refs/heads/work';

/** In the message of the commit: what the work is a change of, which the bundle's history alone does not tell. */
export const BASE_TRAILER = 'Fettle-Base';

/** More than this in changed and new files is not work but data, which has no place in a repository. */
const MAX_WORK_BYTES = 128 * 1024 * 1024;

/** Branches of the remote that are asked for what they have. */
const MAX_BRANCHES = 500;

/** Which checkout, and where what is made of it may go. */
export type SaveWorkRequest = GitRun & {
  disk: DiskLayout;
  repository: RepositoryName;
  /** Absolute. */
  checkout: string;
  /** A commit that the remote has: the one that the checkout was made at. */
  known: string;
  /** An empty folder: gets a repository, and the bundle unless there is nothing to save. */
  folder: string;
};

/** Work that was found: the description, the bundle, and a git that sees both commits. */
export type FoundWork = { saved: SavedWork; bundle: string; run: RunGit };

/**
 * Saves everything in a checkout that its remote does not have, as a git bundle: changed, added, deleted and new files
 * that are not ignored as one commit, on top of the commits that were never pushed. The bundle needs nothing but the
 * commit `base` from the remote. The checkout, its index, branches and stash stay as they are. `null`: there is no work.
 */
export async function saveWork(request: SaveWorkRequest): Promise<FoundWork | null> {
  const { repository, checkout, folder } = request;
  const head = await gitIn(checkout, request)('rev-parse', '--verify', 'HEAD');
  await mkdir(folder, { recursive: true });
  const run = await openScratch({ ...request, folder: join(folder, `${repository}.git`) });
  await refuseTooMuch(checkout, run);
  await run('add', '--all', '--', ':/');
  const tree = await run('write-tree');
  const base = await run('merge-base', head, request.known, ...(await remoteBranches(request)));
  if (head === base && tree === (await run('rev-parse', `${head}^{tree}`))) return null;
  const message = [
    '-m',
    `Work in ${repository} that its remote does not have`,
    '-m',
    `${BASE_TRAILER}: ${base}`,
  ];
  const commit = await run('commit-tree', tree, '-p', head, ...message);

  const bundle = join(folder, `work-${repository}.bundle`);
  await run('update-ref', WORK_REF, commit);
  await run('bundle', 'create', '--quiet', bundle, WORK_REF, `^${base}`);
  const names = await run('diff-tree', '-r', '-z', '--name-only', base, commit);
  const files = names.split('\0').filter(Boolean).length;
  return { saved: { repository, base, commit, files, bytes: (await stat(bundle)).size }, bundle, run };
}

async function refuseTooMuch(checkout: string, run: RunGit): Promise<void> {
  const names = await run('ls-files', '-z', '--others', '--modified', '--exclude-standard');
  let bytes = 0;
  for (const name of new Set(names.split('\0').filter(Boolean))) {
    bytes += (await lstat(join(checkout, name)).catch(() => null))?.size ?? 0;
    if (bytes > MAX_WORK_BYTES)
      throw new Error(`changed and new files have more than ${MAX_WORK_BYTES} bytes`);
  }
}

/** Commits of the remote's branches that the checkout can see, by the cache; the checkout sees the cache's objects. */
async function remoteBranches({ disk, repository, ...run }: SaveWorkRequest): Promise<string[]> {
  const list = ['for-each-ref', '--format=%(objectname)', `--count=${MAX_BRANCHES}`, 'refs/heads'];
  const found = await gitIn(gitCache(disk, repository), run)(...list);
  return found.split('\n').filter(Boolean);
}
