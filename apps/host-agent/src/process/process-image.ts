import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeFolder } from '../disk/remove-folder.ts';
import { syncFolder } from '../disk/durable-file.ts';
import { HostFailure, systemCode } from '../host-failure.ts';

/** The image of plain processes: a folder that is never changed once it has its name. */
export interface ProcessImage {
  /** `sha256:` and the hash over the files' names and contents and the version of Node. */
  hash: string;
  folder: string;
}

/** Folder of an image below the host's image folder. */
export function imageFolder(images: string, hash: string): string {
  return join(images, hash.replace('sha256:', '').slice(0, 32));
}

/**
 * Takes the image's files over into the state folder, named by their content, so that a machine restarts from what
 * it was created from although the source has changed since.
 */
export async function importImage(source: string, images: string): Promise<ProcessImage> {
  const files = await imageFiles(source);
  const hash = createHash('sha256').update(process.version);
  for (const name of files) {
    const content = await readFile(join(source, name));
    hash.update(`\0${name}\0${content.length}\0`).update(content);
  }
  const image = `sha256:${hash.digest('hex')}`;
  const folder = imageFolder(images, image);
  if (await isThere(folder)) return { hash: image, folder };
  const beside = `${folder}.${process.pid}.new`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { recursive: true });
  for (const name of files) await copyFile(join(source, name), join(beside, name));
  await rename(beside, folder);
  await syncFolder(images);
  return { hash: image, folder };
}

/** Removes the images that no machine was created from, but for the present one. */
export async function pruneImages(images: string, needed: ReadonlySet<string>): Promise<void> {
  const kept = new Set([...needed].map((hash) => basename(imageFolder(images, hash))));
  for (const name of await readdir(images)) {
    if (!kept.has(name)) await removeFolder(join(images, name));
  }
}

async function imageFiles(source: string): Promise<string[]> {
  const entries = await readdir(source, { withFileTypes: true }).catch((error: unknown) => {
    throw new HostFailure('PROVIDER_FAILED', `The image folder ${source} cannot be read`, { cause: error });
  });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .toSorted();
  if (!files.includes('runtime.cjs'))
    throw new HostFailure('PROVIDER_FAILED', `${source} holds no runtime.cjs`);
  return files;
}

async function isThere(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).includes('runtime.cjs');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
