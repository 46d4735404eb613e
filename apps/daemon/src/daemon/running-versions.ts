import type { VersionSet } from '@fettle/contract';
import type { DiskLayout } from '../disk/layout.ts';
import { currentNumber, readCurrentSet, type StoredSet } from '../versions/current-set.ts';
import { readRestartDue } from '../versions/restart-due.ts';

/**
 * Tells what the machine runs. `null` before the first checkout, and between the switch to new versions and the restart
 * of what ran the old ones: what is seen then proves nothing about either.
 */
export function watchVersions(disk: DiskLayout, image: string): () => VersionSet | null {
  // A set is never changed once it is there, so its number says whether it has to be read.
  let last: StoredSet | null = null;
  return () => {
    const number = currentNumber(disk);
    if (number === null) return null;
    if (last?.number !== number) last = readCurrentSet(disk);
    if (last === null || readRestartDue(disk, last.number).length > 0) return null;
    return { ...last.versions, image };
  };
}
