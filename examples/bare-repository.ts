import { cp, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { FIRST_DATE, git } from './git.ts';

const DAY_MS = 86_400_000;

/** What running an example in its own folder leaves there. */
const LEFT_OUT = new Set(['node_modules', 'data']);

/** One commit: files to write, by path, over those of the commit before. */
export type CommitPlan = { message: string; files: Record<string, string> };

/** Whether there is a repository already. It is made in one rename, so there is never half of one. */
export async function repositoryExists(bare: string): Promise<boolean> {
  return stat(join(bare, 'HEAD')).then(
    () => true,
    () => false,
  );
}

/** Makes a bare repository with a history on `main`, one commit a day. `from`: a folder that the first commit holds. */
export async function createRepository({
  bare,
  from,
  history,
}: {
  bare: string;
  from?: string;
  history: readonly CommitPlan[];
}): Promise<void> {
  const beside = `${bare}.${process.pid}.partial`;
  await inTemporaryFolder(async (work) => {
    await rm(beside, { recursive: true, force: true });
    await mkdir(beside, { recursive: true });
    await git(beside, ['init', '--quiet', '--bare', '--initial-branch=main']);
    await git(work, ['init', '--quiet', '--initial-branch=main']);
    if (from !== undefined)
      await cp(from, work, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
    for (const [day, plan] of history.entries()) {
      await commit(work, plan, new Date(FIRST_DATE.getTime() + day * DAY_MS));
    }
    await git(work, ['push', '--quiet', beside, 'main']);
  });
  await rename(beside, bare);
}

/** Clones, makes one commit a day after the newest, pushes it to `main`, and returns its hash. */
export async function pushCommit(bare: string, plan: (work: string) => Promise<CommitPlan>): Promise<string> {
  return inTemporaryFolder(async (folder) => {
    const work = join(folder, 'work');
    await git(folder, ['clone', '--quiet', '--branch', 'main', '--', bare, work]);
    const newest = Number(await git(work, ['log', '-1', '--format=%ct']));
    await commit(work, await plan(work), new Date(newest * 1000 + DAY_MS));
    await git(work, ['push', '--quiet', 'origin', 'main']);
    return git(work, ['rev-parse', 'HEAD']);
  });
}

/** Hash of the newest commit on `main`. */
export async function headOf(bare: string): Promise<string> {
  return git(bare, ['rev-parse', '--verify', 'refs/heads/main']);
}

async function commit(work: string, { message, files }: CommitPlan, date: Date): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true });
    await writeFile(join(work, path), content);
  }
  await git(work, ['add', '--all']);
  await git(work, ['commit', '--quiet', '--message', message], { date });
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-examples-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
