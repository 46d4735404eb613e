import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { HostImage } from '../backend/machine-backend.ts';
import { HostFailure } from '../host-failure.ts';
import { refusalStatus, type Engine } from './engine.ts';
import { tarOf } from './tar-of.ts';

const IMAGE_LABEL = 'fettle.image';
const BASE_IMAGE = 'node:24-bookworm-slim';
const DOCKERFILE = join(import.meta.dirname, '..', '..', 'image', 'Dockerfile');

/**
 * The id of the machine image, built when this content has none yet. The tag is a hash over the Dockerfile, the
 * runtime and the base image, so that the same content is built once and any change is a new image.
 */
export async function ensureMachineImage({ quick, patient }: Engine, imageDir: string): Promise<string> {
  const base = await ensureBaseImage({ quick, patient });
  const files = [
    { path: 'Dockerfile', content: await readFile(DOCKERFILE) },
    { path: 'runtime.cjs', content: await readFile(join(imageDir, 'runtime.cjs')) },
  ];
  const hash = createHash('sha256').update(base);
  for (const { path, content } of files) hash.update(`\0${path}\0${content.length}\0`).update(content);
  const tag = `fettle-machine:${hash.digest('hex').slice(0, 32)}`;

  const built = await imageId(quick, tag);
  if (built !== null) return built;
  // An archive without owners and times of its own: the same content is the same context everywhere.
  const context = tarOf(files.map((file) => ({ ...file, mode: 0o644, owner: 0 })));
  const progress = await patient.buildImage(Readable.from(context), {
    t: tag,
    labels: { [IMAGE_LABEL]: tag },
  });
  await new Promise<void>((resolve, reject) => {
    patient.modem.followProgress(progress, (error, lines: { error?: string }[] | undefined) => {
      const complaint = lines?.find((line) => line.error !== undefined)?.error;
      if (error === null && complaint === undefined) return resolve();
      reject(
        new HostFailure(
          'PROVIDER_FAILED',
          `The machine image cannot be built: ${complaint ?? String(error)}`,
        ),
      );
    });
  });
  const id = await imageId(quick, tag);
  if (id === null) throw new HostFailure('PROVIDER_FAILED', 'The machine image was built and is not there');
  return id;
}

/** The machine images of the engine, whichever host built them, the newest first. */
export async function listMachineImages({ quick }: Pick<Engine, 'quick'>): Promise<HostImage[]> {
  const images = await quick.listImages({ filters: { label: [IMAGE_LABEL] } });
  const all = images.map(({ Id, Created }) => ({ image: Id, createdAt: Created * 1000 }));
  return all.toSorted((a, b) => b.createdAt - a.createdAt);
}

async function ensureBaseImage({ quick, patient }: Pick<Engine, 'quick' | 'patient'>): Promise<string> {
  const present = await imageId(quick, BASE_IMAGE);
  if (present !== null) return present;
  try {
    const progress: NodeJS.ReadableStream = await patient.pull(BASE_IMAGE);
    await new Promise<void>((resolve, reject) => {
      patient.modem.followProgress(progress, (error) => (error === null ? resolve() : reject(error)));
    });
  } catch (error) {
    throw new HostFailure('PROVIDER_FAILED', `${BASE_IMAGE} is not here and cannot be pulled`, {
      cause: error,
    });
  }
  const pulled = await imageId(quick, BASE_IMAGE);
  if (pulled === null) throw new HostFailure('PROVIDER_FAILED', `${BASE_IMAGE} was pulled and is not there`);
  return pulled;
}

async function imageId(docker: Engine['quick'], name: string): Promise<string | null> {
  try {
    return (await docker.getImage(name).inspect()).Id;
  } catch (error) {
    if (refusalStatus(error) === 404) return null;
    throw error;
  }
}
