/** A third of something long, another with each commit: beside everything else there is no time for all of it. */
import { execFileSync } from 'node:child_process';
import { InvalidArgumentError } from 'commander';

/** A third of the items, by the hash of a commit: over time each has its turn. */
export function thirdOf<T>(items: readonly T[], commit: string): T[] {
  const turn = Number.parseInt(commit.slice(0, 7), 16) % 3;
  return items.filter((_, index) => index % 3 === turn);
}

/** What the option `--quick [commit]` says: the hash that was given, or that of the commit that is checked out. */
export function commitOf(quick: string | true): string {
  if (quick !== true) return quick;
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
}

/** Reads the hash of a commit from the command line. */
export function hash(text: string): string {
  if (!/^[0-9a-f]{7,64}$/.test(text)) throw new InvalidArgumentError('Expected the hash of a commit');
  return text;
}
