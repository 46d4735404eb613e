import { accessSync, constants } from 'node:fs';

/** Small programs made to be process 1, where Debian and Docker put them. */
const INITS = [
  '/usr/bin/tini',
  '/sbin/tini',
  '/usr/bin/tini-static',
  '/sbin/docker-init',
  '/usr/bin/catatonit',
];

/**
 * When pidnap is process 1, replaces it by a small init that starts pidnap again as its child. Node reaps only the
 * children it started itself; orphans that the kernel hands to process 1 would stay zombies for ever. Without an init
 * on the disk pidnap goes on as process 1 and says so.
 */
export function putInitAbove(): void {
  if (process.pid !== 1) return;
  const init = INITS.find(isExecutable);
  if (!init || !process.execve) {
    console.error('pidnap: is process 1 and found no init (tini): orphaned processes will stay as zombies');
    return;
  }
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(init, [init, '--', ...self], process.env);
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
