import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** A filesystem in memory that Linux has everywhere, containers included. */
const IN_MEMORY = '/dev/shm';

/**
 * The directory for the named pipes of one pidnap, made when it is missing. In memory where that can be had: pipes are
 * nothing to keep over a boot, on a disk it takes up to a millisecond to make one, and not every disk can hold them.
 * Else below the state directory.
 */
export function openPipeDir(stateDir: string, instanceId: string, inMemory = IN_MEMORY): string {
  const shared = join(inMemory, `pidnap-${instanceId}`);
  try {
    mkdirSync(shared, { mode: 0o700 });
    return shared;
  } catch {
    // It is there from an earlier start, or there is no such place.
  }
  if (isOurs(shared)) return shared;
  const own = join(stateDir, 'pipes');
  mkdirSync(own, { recursive: true, mode: 0o700 });
  return own;
}

/** Everybody may write to such a place: what is not ours alone is not used. */
function isOurs(path: string): boolean {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  return (
    entry !== undefined &&
    entry.isDirectory() &&
    entry.uid === process.getuid?.() &&
    (entry.mode & 0o77) === 0
  );
}
