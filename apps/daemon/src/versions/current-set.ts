import { VersionSet, type RepositoryName } from '@fettle/contract/version-set';
import { readlinkSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { setFolder, type DiskLayout } from '../disk/layout.ts';
import { readJsonFile } from '../disk/machine-files.ts';

/** How a set came to be: `origin.json` in its folder. */
export const SetOrigin = v.object({
  /** Id of the newest action that asked for it; `null` for a first set that nobody asked for by an action. */
  action: v.nullable(v.string()),
  createdAt: v.number(),
});

/** One version set on the disk, both checkouts in place. */
export type StoredSet = {
  number: number;
  versions: VersionSet;
  action: string | null;
  /** Absolute paths of the checkouts. */
  checkouts: Record<RepositoryName, string>;
};

/** The set that processes start from, or `null` when there is none that is whole. */
export function readCurrentSet(disk: DiskLayout): StoredSet | null {
  const number = currentNumber(disk);
  if (number === null) return null;
  try {
    return readSet(disk, number);
  } catch (error) {
    console.error(`versions/current is not usable: ${String(error)}`);
    return null;
  }
}

/** Number of the current set; `null` before the first one. */
export function currentNumber(disk: DiskLayout): number | null {
  try {
    return Number(basename(readlinkSync(disk.current)));
  } catch {
    return null; // absence is the answer
  }
}

/** A set by its number. Throws when it is not whole. */
export function readSet(disk: DiskLayout, number: number): StoredSet {
  const folder = setFolder(disk, number);
  return {
    number,
    versions: readJsonFile(join(folder, 'set.json'), VersionSet),
    action: readJsonFile(join(folder, 'origin.json'), SetOrigin).action,
    checkouts: {
      platform: realpathSync(join(folder, 'platform')),
      customer: realpathSync(join(folder, 'customer')),
    },
  };
}
