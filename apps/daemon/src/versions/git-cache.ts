import type { RepositoryName } from '@fettle/contract';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably } from '../disk/durable-write.ts';
import { gitCache, type DiskLayout } from '../disk/layout.ts';
import type { Git } from './git.ts';
import type { RepositoryAccess } from './repository-access.ts';
import { remoteFailure } from './remote-failure.ts';
import { VersionChangeError } from './version-change-error.ts';

const FETCH_TIMEOUT_MS = 120_000;
const FULL_HASH = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** The bare clone of one repository on the machine's disk. */
export type RepositoryCache = {
  disk: DiskLayout;
  git: Git;
  repository: RepositoryName;
  /** How to get at the real one. */
  remote: RepositoryAccess;
};

/**
 * The commit that a branch, tag or hash stands for, present in the cache when this returns. A full hash that is there
 * already needs no remote: a restore works while the repositories are away. A name is always asked of the remote,
 * because an old answer would be a wrong one.
 */
export async function resolveCommit(cache: RepositoryCache, ref: string): Promise<string> {
  const path = await openCache(cache);
  const isHash = FULL_HASH.test(ref);
  if (path !== null && isHash && (await findCommit(cache, ref)) !== null) return ref;
  await requireRefs(cache);
  if (path === null) await cloneCache(cache);
  else await fetchHeads(cache);
  const commit = (await findCommit(cache, ref)) ?? (isHash ? await fetchHash(cache, ref) : null);
  if (commit !== null) return commit;
  throw new VersionChangeError({
    step: 'resolve',
    code: 'NOT_FOUND',
    message: `The repository ${cache.repository} at ${cache.remote.url} has no branch, tag or commit ${JSON.stringify(ref)}`,
  });
}

/** Path of the cache, or `null` when there is none that works. Locks of a killed git are removed: we are alone here. */
async function openCache({ disk, git, repository }: RepositoryCache): Promise<string | null> {
  const path = gitCache(disk, repository);
  if ((await stat(path).catch(() => null)) === null) return null;
  await removeStaleLocks(path);
  try {
    await git({ step: 'fetch', args: ['-C', path, 'rev-parse', '--git-dir'] });
    await git({ step: 'fetch', args: ['-C', path, 'for-each-ref', '--count=1'] });
    return path;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    console.error(`The cache of ${repository} is broken and is made anew: ${String(error)}`);
    await rm(path, { recursive: true, force: true });
    return null;
  }
}

async function removeStaleLocks(path: string): Promise<void> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isFile() && entry.name.endsWith('.lock'))
      await rm(join(entry.parentPath, entry.name), { force: true });
  }
}

/**
 * Git takes a web page for an old server's list of refs with nothing in it, and succeeds: what is asked without this
 * would be forgotten by the cache as if it had been deleted.
 */
async function requireRefs(cache: RepositoryCache): Promise<void> {
  const { git, repository, remote } = cache;
  const { url, env } = remote;
  const args = ['ls-remote', '--quiet', '--heads', '--tags', '--', url];
  const refs = await git({ step: 'fetch', args, env, timeoutMs: FETCH_TIMEOUT_MS }).catch(
    asRemoteFailure(cache),
  );
  if (refs !== '') return;
  throw new VersionChangeError({
    step: 'fetch',
    code: 'REPOSITORY_UNREACHABLE',
    message: `The repository ${repository} at ${url} has no branch: it is empty, or what answers there is no git repository`,
  });
}

/** Clones beside and renames: a half-made clone is never taken for a cache. */
async function cloneCache(cache: RepositoryCache): Promise<void> {
  const { disk, git, repository, remote } = cache;
  const path = gitCache(disk, repository);
  const beside = `${path}.${process.pid}.partial`;
  await rm(beside, { recursive: true, force: true });
  await git({
    step: 'fetch',
    args: ['clone', '--bare', '--quiet', '--', remote.url, beside],
    env: remote.env,
    timeoutMs: FETCH_TIMEOUT_MS,
  }).catch(asRemoteFailure(cache));
  await renameDurably(beside, path);
}

async function fetchHeads(cache: RepositoryCache): Promise<void> {
  const { disk, git, repository, remote } = cache;
  const refspecs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  const args = [
    '-C',
    gitCache(disk, repository),
    'fetch',
    '--quiet',
    '--prune',
    '--no-auto-gc',
    '--',
    remote.url,
    ...refspecs,
  ];
  await git({ step: 'fetch', args, env: remote.env, timeoutMs: FETCH_TIMEOUT_MS }).catch(
    asRemoteFailure(cache),
  );
}

/** A commit that no branch leads to any more, such as one before a forced push, can often still be had by its hash. */
async function fetchHash(cache: RepositoryCache, hash: string): Promise<string | null> {
  const path = gitCache(cache.disk, cache.repository);
  try {
    await cache.git({
      step: 'fetch',
      args: ['-C', path, 'fetch', '--quiet', '--no-auto-gc', '--', cache.remote.url, hash],
      env: cache.remote.env,
      timeoutMs: FETCH_TIMEOUT_MS,
    });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    console.error(`${cache.repository} does not give ${hash}: ${String(error)}`);
    return null;
  }
  return findCommit(cache, hash);
}

async function findCommit({ disk, git, repository }: RepositoryCache, ref: string): Promise<string | null> {
  const path = gitCache(disk, repository);
  const args = ['-C', path, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  try {
    return await git({ step: 'resolve', args });
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** git ran and said no; a git that could not run or came to no end says nothing about what it was asked. */
function isRefusal(error: unknown): error is VersionChangeError {
  return error instanceof VersionChangeError && error.code === 'COMMAND_FAILED';
}

/** A remote that refuses or hangs says nothing about the version that was asked for. */
function asRemoteFailure({ repository, remote }: RepositoryCache): (error: unknown) => never {
  return (error) => {
    const isRemotes =
      error instanceof VersionChangeError &&
      (error.code === 'COMMAND_FAILED' || error.code === 'DEADLINE_EXCEEDED');
    if (!isRemotes) throw error;
    const { code, summary } = remoteFailure(error.message);
    const message = `The repository ${repository} at ${remote.url} ${summary}. ${error.message}`;
    throw new VersionChangeError({ step: 'fetch', code, message }, { cause: error });
  };
}
