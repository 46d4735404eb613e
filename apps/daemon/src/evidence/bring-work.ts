import type { SavedWork } from '@fettle/contract';
import type { RepositoryName } from '@fettle/contract/version-set';
import { lstat, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import type { RepositoryAccess } from '../versions/repository-access.ts';
import { resolveCommit } from '../versions/git-cache.ts';
import { VersionChangeError } from '../versions/version-change-error.ts';
import { conflictedFiles, prerequisites } from './bundle-header.ts';
import { BASE_TRAILER, WORK_REF } from './save-work.ts';
import { gitIn, openScratch, type GitRun, type RunGit } from './scratch-repository.ts';

const HEADER_BYTES = 16_384;
const NAMES_TOLD = 10;

/** Writing, and taking back, each have this time of their own: what is begun is not left half done. In milliseconds. */
const WRITE_MS = 60_000;

/** A bundle of saved work, and the checkout that it is to come back into. */
export type WorkToBring = GitRun & {
  disk: DiskLayout;
  repository: RepositoryName;
  /** How to get at the repository. */
  remote: RepositoryAccess;
  /** Absolute. */
  checkout: string;
  bundle: string;
  /** For what is made on the way; must not exist. */
  folder: string;
};

/** Work that fits into its checkout, ready to be written. */
export type PreparedWork = {
  saved: SavedWork;
  write: () => Promise<void>;
  /** Makes the checkout what it was before `write`. */
  undo: () => Promise<void>;
};

/**
 * Finds out what the saved work means for what the checkout holds now: a merge of three sides, since the checkout may be
 * at another commit than the work was made on. Changes nothing. Throws `CONFLICT` when the checkout has changes of its
 * own, or the two do not go together.
 */
export async function prepareWork(work: WorkToBring): Promise<PreparedWork> {
  const { repository, checkout, bundle, folder } = work;
  const inCheckout = gitIn(checkout, work);
  await requireClean(repository, inCheckout);
  for (const hash of await readPrerequisites(bundle)) await resolveCommit(work, hash);

  const run = await openScratch(work);
  await run('fetch', '--quiet', '--no-auto-gc', bundle, `${WORK_REF}:${WORK_REF}`);
  const commit = await run('rev-parse', '--verify', WORK_REF);
  const base = await run('log', '-1', `--format=%(trailers:key=${BASE_TRAILER},valueonly)`, WORK_REF);
  const head = await inCheckout('rev-parse', '--verify', 'HEAD');
  const merged = await mergeOnto(run, { repository, base, head, commit });

  const patch = join(folder, 'work.patch');
  await run('diff', '--binary', '--full-index', `--output=${patch}`, head, merged);
  const names = async (...filter: string[]) =>
    (await run('diff-tree', '-r', '-z', '--name-only', ...filter, head, merged)).split('\0').filter(Boolean);
  const { length: files } = await names();
  const added = await names('--diff-filter=A');
  await requireAbsent(checkout, added);
  const inCheckoutNow = gitIn(checkout, { git: work.git, remainingMs: () => WRITE_MS });
  return {
    saved: { repository, base, commit, files, bytes: (await stat(bundle)).size },
    write: async () => {
      if (files > 0) await inCheckoutNow('apply', '--whitespace=nowarn', patch);
    },
    undo: async () => {
      await inCheckoutNow('reset', '--hard', '--quiet');
      for (const name of added) await rm(join(checkout, name), { force: true });
    },
  };
}

async function requireClean(repository: RepositoryName, inCheckout: RunGit): Promise<void> {
  const changes = await inCheckout('status', '--porcelain');
  if (changes === '') return;
  const some = changes.split('\n').slice(0, NAMES_TOLD).join(', ');
  throw conflict(
    `The checkout of ${repository} has changes of its own, which would be mixed up with the saved ones: ${some}`,
  );
}

/** What a checkout ignores is not its work, and is there all the same: it is neither written over nor taken away. */
async function requireAbsent(checkout: string, added: readonly string[]): Promise<void> {
  const there: string[] = [];
  for (const name of added) {
    const found = await lstat(join(checkout, name)).catch(() => null);
    if (found !== null) there.push(name);
  }
  if (there.length > 0)
    throw conflict(
      `The checkout has files already that the saved work brings: ${there.slice(0, NAMES_TOLD).join(', ')}`,
    );
}

async function readPrerequisites(bundle: string): Promise<string[]> {
  await using file = await open(bundle);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return prerequisites(buffer.toString('latin1', 0, bytesRead));
}

/**
 * The tree of `head` with what changed between `base` and `commit`. Both sides are made children of `base`, because the
 * history between it and `head` must not be brought along: the machine may have gone back.
 */
async function mergeOnto(
  run: RunGit,
  {
    repository,
    base,
    head,
    commit,
  }: { repository: RepositoryName; base: string; head: string; commit: string },
): Promise<string> {
  const child = (of: string) => run('commit-tree', `${of}^{tree}`, '-p', base, '-m', 'A side of the merge');
  const [ours, theirs] = [await child(head), await child(commit)];
  try {
    return await run('merge-tree', '--write-tree', '--name-only', '--no-messages', ours, theirs);
  } catch (error) {
    if (!(error instanceof VersionChangeError) || error.code !== 'COMMAND_FAILED') throw error;
    const files = conflictedFiles(`${error.message}\n`).slice(0, NAMES_TOLD).join(', ') || error.message;
    throw conflict(`The saved work conflicts with what ${repository} has now: ${files}`, { cause: error });
  }
}

function conflict(message: string, options?: ErrorOptions): VersionChangeError {
  return new VersionChangeError({ step: 'checkout', code: 'CONFLICT', message }, options);
}
