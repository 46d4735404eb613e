import { mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import { lookAtDisk } from './machine-facts.ts';

/** With less than this the disk is full, and what is made for a moment goes elsewhere. */
const ENOUGH_ROOM_MB = 256;

/** An empty folder of this process alone: one that asked before us may still be at work. Removed by `using`. */
export type ScratchFolder = { path: string } & AsyncDisposable;

/** On the machine's disk, or beside it when that is full or read-only: that is when work has to be saved. */
export async function makeScratchFolder(disk: DiskLayout): Promise<ScratchFolder> {
  const path = await makeFolder(disk);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true });
      // Somebody else may be at work in it, and it may never have been made.
      await rmdir(disk.scratch).catch(() => {});
    },
  };
}

async function makeFolder(disk: DiskLayout): Promise<string> {
  try {
    await removeLeftovers(disk);
    if (lookAtDisk(disk.root).freeMb < ENOUGH_ROOM_MB) throw new Error('the disk is full');
    const path = join(disk.scratch, String(process.pid));
    await mkdir(path, { recursive: true });
    return path;
  } catch (error) {
    const elsewhere = await mkdtemp(join(tmpdir(), 'fettle-evidence-'));
    console.error(
      `Evidence is collected in ${elsewhere}: ${error instanceof Error ? error.message : String(error)}`,
    );
    return elsewhere;
  }
}

/** What a killed collection left, and what an earlier process with our number did. */
async function removeLeftovers({ scratch }: DiskLayout): Promise<void> {
  await mkdir(scratch, { recursive: true });
  for (const name of await readdir(scratch))
    if (Number(name) === process.pid || !isAlive(Number(name)))
      await rm(join(scratch, name), { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's lives all the same.
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
