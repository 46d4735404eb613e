import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file so that after a crash there is either the old content or the new one, never a part. */
export async function writeFileDurably(path: string, content: string, { mode = 0o644 } = {}): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  // One that a killed run left may be read-only, and in a container the first process always has the same id.
  await rm(beside, { force: true });
  const file = await open(beside, 'w', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await renameDurably(beside, path);
}

/** A rename that is on the disk when it returns. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Puts a folder's entries on the disk: without it a rename may be lost with the power. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
