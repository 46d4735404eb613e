import { accessSync, constants } from 'node:fs';
import { SHELL_INIT } from '../core/shell-init.ts';

/** Small programs made to be process 1, where Debian, Alpine and Docker put them. */
const INITS = [
  '/usr/bin/tini',
  '/sbin/tini',
  '/usr/bin/tini-static',
  '/sbin/docker-init',
  '/usr/bin/catatonit',
];
const SHELL = '/bin/sh';

/** When the first program of the container began, in milliseconds since 1970; only from one pidnap to the next. */
const ENTRYPOINT_AT = 'PIDNAP_ENTRYPOINT_AT';

/**
 * When pidnap is process 1, replaces it by a small init that starts pidnap again as its child. Node reaps only the
 * children it started itself; orphans that the kernel hands to process 1 would stay zombies for ever. Without an init on
 * the disk a few lines of shell do the same work. Without a shell as well pidnap goes on as process 1 and says so.
 */
export function putInitAbove(): void {
  if (process.pid !== 1) return;
  const init = findInit([process.execPath, ...process.execArgv, ...process.argv.slice(1)]);
  if (!init || !process.execve) {
    console.error(
      'pidnap: is process 1 and found no init (tini) and no /bin/sh: orphaned processes will stay as zombies',
    );
    return;
  }
  process.execve(init.file, init.argv, { ...process.env, [ENTRYPOINT_AT]: String(performance.timeOrigin) });
}

/**
 * When the first program of the container began, in milliseconds since 1970: pidnap itself, or the pidnap that put an init
 * above this one. Takes the word of it out of the environment, so that no child gets it.
 */
export function takeEntrypointTime(own: NodeJS.ProcessEnv = process.env): number {
  const handedOn = Number(own[ENTRYPOINT_AT]);
  delete own[ENTRYPOINT_AT];
  // From the future: the clock was set, or somebody else wrote it.
  return handedOn > 0 && handedOn <= Date.now() ? handedOn : performance.timeOrigin;
}

function findInit(self: string[]): { file: string; argv: string[] } | null {
  const init = INITS.find(isExecutable);
  if (init) return { file: init, argv: [init, '--', ...self] };
  if (isExecutable(SHELL)) return { file: SHELL, argv: [SHELL, '-c', SHELL_INIT, 'pidnap-init', ...self] };
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us: the next one may be.
    return false;
  }
}
