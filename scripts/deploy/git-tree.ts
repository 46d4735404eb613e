import { execa } from 'execa';

/** What git says about the tree that is to be deployed. */
export type GitTree = {
  /** `null`: this is no git repository. */
  commit: string | null;
  dirty: boolean;
  /** Commits that upstream has and this tree has not, as far as was fetched; `null`: there is no upstream. */
  behind: number | null;
};

export async function readGitTree(cwd: string): Promise<GitTree> {
  const commit = await git(cwd, ['rev-parse', 'HEAD']);
  if (commit === null) return { commit: null, dirty: false, behind: null };
  const status = await git(cwd, ['status', '--porcelain']);
  const behind = await git(cwd, ['rev-list', '--count', 'HEAD..@{upstream}']);
  return { commit, dirty: status !== '', behind: behind === null ? null : Number(behind) };
}

/** Whether the tree goes on from that commit; a commit that git does not know it does not go on from. */
export async function goesOnFrom(cwd: string, commit: string): Promise<boolean> {
  return (await git(cwd, ['merge-base', '--is-ancestor', commit, 'HEAD'])) !== null;
}

async function git(cwd: string, args: string[]): Promise<string | null> {
  const { exitCode, stdout } = await execa('git', args, { cwd, reject: false });
  return exitCode === 0 ? stdout.trim() : null;
}
