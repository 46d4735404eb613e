import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs git in a folder, free of the user's own configuration, and returns its stdout, trimmed. `date`: of a commit. */
export async function git(
  folder: string,
  args: readonly string[],
  { date = FIRST_DATE } = {},
): Promise<string> {
  const when = `${Math.floor(date.getTime() / 1000)} +0000`;
  const { stdout } = await run('git', ['-C', folder, '-c', 'safe.directory=*', ...args], {
    maxBuffer: 50_000_000,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: devNull,
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Fettle examples',
      GIT_AUTHOR_EMAIL: 'examples@fettle.example',
      GIT_AUTHOR_DATE: when,
      GIT_COMMITTER_NAME: 'Fettle examples',
      GIT_COMMITTER_EMAIL: 'examples@fettle.example',
      GIT_COMMITTER_DATE: when,
    },
  });
  return stdout.trim();
}

/** Date of the first commit of every example: equal content gives equal commits, on every machine. */
export const FIRST_DATE = new Date('2026-01-05T09:00:00Z');
