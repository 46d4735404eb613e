import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeFolder } from '../disk/remove-folder.ts';
import { Timestamp } from '@fettle/contract/ids';
import * as v from 'valibot';
import type { HostImage } from '../backend/machine-backend.ts';
import { readIfPresent, syncFolder } from '../disk/durable-file.ts';
import { HostFailure, systemCode } from '../host-failure.ts';

/** The image of plain processes: a folder that is never changed once it has its name. */
export interface ProcessImage {
  /** `sha256:` and the hash over the files' names and contents and the version of Node. */
  hash: string;
  folder: string;
}

/** Tells which image a folder holds: its name has only a part of the hash. */
const LABEL_FILE = 'image.json';
/** Besides those that machines are made from, so many are kept for machines to go back to. */
const MOST_SPARE_IMAGES = 5;

const Label = v.pipe(v.string(), v.parseJson(), v.object({ image: v.string(), createdAt: Timestamp }));

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
  const label: HostImage = { image, createdAt: Date.now() };
  await writeFile(join(beside, LABEL_FILE), `${JSON.stringify(label)}\n`);
  await rename(beside, folder);
  await syncFolder(images);
  return { hash: image, folder };
}

/** Every image that is here whole, the newest first. */
export async function listImages(images: string): Promise<HostImage[]> {
  const labels = await Promise.all((await readdir(images)).map((name) => readLabel(join(images, name))));
  return labels.filter((label) => label !== null).toSorted((a, b) => b.createdAt - a.createdAt);
}

async function readLabel(folder: string): Promise<HostImage | null> {
  const text = await readIfPresent(join(folder, LABEL_FILE));
  const label = v.safeParse(Label, text);
  return label.success ? label.output : null;
}

/** Removes images that no machine is made from, but for the newest few. */
export async function pruneImages(images: string, needed: ReadonlySet<string>): Promise<void> {
  const spare = (await listImages(images)).filter(({ image }) => !needed.has(image));
  const wanted = [...needed, ...spare.slice(0, MOST_SPARE_IMAGES).map(({ image }) => image)];
  const kept = new Set(wanted.map((hash) => basename(imageFolder(images, hash))));
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
