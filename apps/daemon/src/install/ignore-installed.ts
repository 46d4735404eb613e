import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from '../versions/git.ts';
import { excludePatterns } from './exclude-patterns.ts';

/**
 * Has git ignore what installing has put into a checkout, for a repository that does not say so itself: otherwise all of
 * `node_modules` would look like somebody's work.
 */
export async function ignoreInstalled(git: Git, checkout: string): Promise<void> {
  const status = await git({ step: 'install', args: ['-C', checkout, 'status', '--porcelain', '-z'] });
  const patterns = excludePatterns(status);
  if (patterns.length === 0) return;
  const info = join(checkout, '.git', 'info');
  await mkdir(info, { recursive: true });
  await appendFile(join(info, 'exclude'), `${patterns.join('\n')}\n`);
}
