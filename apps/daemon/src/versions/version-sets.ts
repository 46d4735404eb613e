import { RepositoryName } from '@fettle/contract';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { renameDurably, syncFolder, writeFileDurably } from '../disk/durable-write.ts';
import { setFolder, type DiskLayout } from '../disk/layout.ts';
import { readJsonFile } from '../disk/machine-files.ts';
import { SetOrigin, readCurrentSet, readSet, type StoredSet } from './current-set.ts';

/** Writes a set beside the current one. Nothing refers to it until `switchTo`. */
export async function writeSet(disk: DiskLayout, set: StoredSet, createdAt: number): Promise<void> {
  const folder = setFolder(disk, set.number);
  await mkdir(folder, { recursive: true });
  for (const repository of RepositoryName.options) {
    // Relative, so that the disk means the same wherever it is mounted.
    await symlink(relative(folder, set.checkouts[repository]), join(folder, repository));
  }
  await writeFileDurably(
    join(folder, 'origin.json'),
    `${JSON.stringify({ action: set.action, createdAt })}\n`,
  );
  await writeFileDurably(join(folder, 'set.json'), `${JSON.stringify(set.versions)}\n`);
  await syncFolder(disk.sets);
  await syncFolder(disk.checkouts);
}

/** Notes that a newer action asked for what the current set holds already: an older one is refused from now on. */
export async function noteAction(
  disk: DiskLayout,
  { number, action }: Pick<StoredSet, 'number' | 'action'>,
  current: Pick<StoredSet, 'action'> | null,
): Promise<void> {
  if (action === current?.action) return;
  const path = join(setFolder(disk, number), 'origin.json');
  const { createdAt } = readJsonFile(path, SetOrigin);
  await writeFileDurably(path, `${JSON.stringify({ action, createdAt })}\n`);
}

/** Makes a written set the current one: both repositories at once, by one rename. */
export async function switchTo(disk: DiskLayout, number: number): Promise<void> {
  const beside = `${disk.current}.next`;
  await rm(beside, { force: true });
  await symlink(relative(disk.versions, setFolder(disk, number)), beside);
  await renameDurably(beside, disk.current);
}

/** A number above every set and checkout that is there, also those of killed runs. */
export async function nextSetNumber(disk: DiskLayout): Promise<number> {
  const names = [...(await readdir(disk.sets)), ...(await readdir(disk.checkouts))];
  const numbers = names.map((name) => Number(/(?:^|-)([0-9]+)$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers) + 1;
}

/**
 * Removes everything but the current set, the one before it, and their checkouts: what a killed run left, and what is
 * two changes old. A folder that cannot be removed is left for the next time. Without a current set nothing is removed:
 * what is there may be the last that is left.
 */
export async function pruneSets(disk: DiskLayout): Promise<void> {
  const current = readCurrentSet(disk);
  if (current === null) return;
  const numbers = (await readdir(disk.sets)).map(Number);
  const previous = Math.max(-1, ...numbers.filter((number) => number < current.number));
  const keep = new Set<string>();
  for (const number of [current.number, previous]) {
    const set = tryReadSet(disk, number);
    if (set === null) continue;
    keep.add(setFolder(disk, number));
    for (const checkout of Object.values(set.checkouts)) keep.add(join(disk.checkouts, basename(checkout)));
  }
  for (const folder of [disk.sets, disk.checkouts]) await removeAllBut(folder, keep);
}

/** Removes half-made files of killed runs from the top of the version folder and from the caches. */
export async function removeLeftovers(disk: DiskLayout): Promise<void> {
  await rm(`${disk.current}.next`, { force: true });
  for (const folder of [disk.versions, disk.gitCaches, disk.tools]) {
    for (const name of await readdir(folder)) {
      if (/\.(new|partial)$/.test(name)) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** `null` for a set that is not whole: nothing of it is kept. */
function tryReadSet(disk: DiskLayout, number: number): StoredSet | null {
  try {
    return readSet(disk, number);
  } catch {
    return null; // there is nothing to keep
  }
}

async function removeAllBut(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (keep.has(path)) continue;
    await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      console.error(`${path} stays for now: ${String(error)}`),
    );
  }
}
