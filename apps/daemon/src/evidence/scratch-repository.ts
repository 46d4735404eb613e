import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from '../versions/git.ts';

/** Runs git with arguments and returns its stdout without the blanks at its end. */
export type RunGit = (...args: string[]) => Promise<string>;

/** How git is run here: with the time that is left. */
export type GitRun = { git: Git; remainingMs: () => number };

/** git in a checkout. It takes no lock and writes no index, so that nobody in the checkout notices. */
export function gitIn(checkout: string, { git, remainingMs }: GitRun): RunGit {
  return (...args) =>
    git({
      step: 'checkout',
      args,
      cwd: checkout,
      timeoutMs: remainingMs(),
      env: { GIT_OPTIONAL_LOCKS: '0' },
    });
}

const AUTHOR = { NAME: 'Fettle', EMAIL: 'fettle@localhost' };

/**
 * A bare repository beside a checkout that sees the checkout's files and objects: what git writes for whoever looks at
 * the files, such as an index, objects and refs, is written there, and the checkout stays as it is. `folder` must not
 * exist. Submodules are seen as the commit that they are at.
 */
export async function openScratch({
  checkout,
  folder,
  ...run
}: GitRun & { checkout: string; folder: string }): Promise<RunGit> {
  const inCheckout = gitIn(checkout, run);
  const own = await inCheckout('rev-parse', '--absolute-git-dir');
  const format = await inCheckout('rev-parse', '--show-object-format');
  await inCheckout('init', '--quiet', '--bare', `--object-format=${format}`, folder);
  await writeFile(join(folder, 'objects', 'info', 'alternates'), `${join(own, 'objects')}\n`);
  const index = join(folder, 'work-index');
  await mkdir(join(folder, 'info'), { recursive: true });
  // Neither has to be there. With the index only what differs in time or size is read.
  await copyFile(join(own, 'info', 'exclude'), join(folder, 'info', 'exclude')).catch(ignoreMissing);
  await copyFile(join(own, 'index'), index).catch(ignoreMissing);

  return (...args) =>
    run.git({
      step: 'checkout',
      args,
      cwd: checkout,
      timeoutMs: run.remainingMs(),
      env: {
        GIT_DIR: folder,
        GIT_WORK_TREE: checkout,
        GIT_INDEX_FILE: index,
        GIT_AUTHOR_NAME: AUTHOR.NAME,
        GIT_AUTHOR_EMAIL: AUTHOR.EMAIL,
        GIT_COMMITTER_NAME: AUTHOR.NAME,
        GIT_COMMITTER_EMAIL: AUTHOR.EMAIL,
      },
    });
}

function ignoreMissing(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
}
