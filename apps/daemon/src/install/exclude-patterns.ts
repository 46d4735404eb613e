/** Patterns of `.git/info/exclude` for what is not tracked, from `git status --porcelain -z`. Pure. */
export function excludePatterns(status: string): string[] {
  const untracked = status.split('\0').filter((entry) => entry.startsWith('?? '));
  // A name with a line break cannot be told in that file.
  const paths = untracked.map((entry) => entry.slice(3)).filter((path) => !path.includes('\n'));
  return paths.map((path) => `/${path.replaceAll(/[\\*?[\] ]/g, '\\$&')}`);
}
