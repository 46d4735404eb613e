import { createServer } from 'node:net';
import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as tar from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packData, unpackArchive } from './archive.ts';
import { copyIdOf, openCopyStore, type CopyStore } from './copy-store.ts';

const T0 = 1_700_000_000_000;
const MACHINE = 'demo.web-1.1';
let root: string;
let disk: string;
let store: CopyStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fettle-copies-'));
  disk = join(root, 'disk');
  store = openCopyStore(join(root, 'copies'));
  await mkdir(join(disk, 'data', 'deep'), { recursive: true });
  await writeFile(join(disk, 'data', 'deep', 'note'), 'precious');
});
afterEach(() => rm(root, { recursive: true, force: true }));

function take(sequence: number, read: () => Readable = () => packData(disk)) {
  return store.take({
    machineId: MACHINE,
    copyId: copyIdOf(MACHINE, sequence),
    takenAt: T0 + sequence,
    read: async () => read(),
    signal: AbortSignal.timeout(30_000),
  });
}

const files = async () => (await readdir(join(root, 'copies', MACHINE)).catch(() => [])).toSorted();

describe('a copy', () => {
  it('comes back as it was', async () => {
    const copy = await take(1);
    expect(copy).toMatchObject({ copyId: `${MACHINE}.1`, machineId: MACHINE, takenAt: T0 + 1 });
    const archive = await store.verified(copy.copyId);
    expect((await stat(archive)).size).toBe(copy.bytes);
    const other = join(root, 'other');
    await mkdir(other);
    await unpackArchive(archive, other);
    expect(await readFile(join(other, 'data', 'deep', 'note'), 'utf8')).toBe('precious');
  });

  it('is taken once: a repeat is answered with what there is', async () => {
    const first = await take(1);
    await writeFile(join(disk, 'data', 'deep', 'note'), 'changed since');
    expect(await take(1)).toEqual(first);
  });

  it('does not appear when reading breaks off, and leaves nothing behind', async () => {
    const breaking = () =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(1024);
          throw new Error('the disk went away');
        })(),
      );
    await expect(take(1, breaking)).rejects.toThrow('the disk went away');
    expect(await store.list(MACHINE)).toEqual([]);
    expect(await files()).toEqual([]);
  });

  it('does not appear when what was read is not data', async () => {
    const elsewhere = join(root, 'elsewhere');
    await mkdir(join(elsewhere, 'etc'), { recursive: true });
    const foreign = () => Readable.from(tar.create({ cwd: elsewhere }, ['etc']));
    await expect(take(1, foreign)).rejects.toMatchObject({ code: 'COPY_CORRUPT' });
    await expect(take(2, () => Readable.from([Buffer.alloc(1024)]))).rejects.toMatchObject({
      code: 'COPY_CORRUPT',
    });
    expect(await files()).toEqual([]);
  });

  it('is refused when its archive or its manifest was changed', async () => {
    const { copyId } = await take(1);
    const archive = join(root, 'copies', MACHINE, `${copyId}.tar.gz`);
    const good = await readFile(archive);
    for (const bad of [good.subarray(0, -1), Buffer.concat([good, Buffer.of(0)]), flipped(good)]) {
      await writeFile(archive, bad);
      await expect(store.verified(copyId)).rejects.toMatchObject({ code: 'COPY_CORRUPT' });
    }
    await rm(archive);
    await expect(store.verified(copyId)).rejects.toMatchObject({ code: 'COPY_CORRUPT' });
    await writeFile(join(root, 'copies', MACHINE, `${copyId}.json`), '{');
    await expect(store.verified(copyId)).rejects.toMatchObject({ code: 'COPY_CORRUPT' });
    expect(await store.list(MACHINE)).toEqual([]);
  });

  it('is not found by an id that leads out of the folder', async () => {
    for (const copyId of ['..', '../../etc.1', 'demo.web-1.1', 'demo.web-1.1.9', '']) {
      await expect(store.verified(copyId)).rejects.toMatchObject({ code: 'COPY_NOT_FOUND' });
    }
  });
});

it('keeps the five newest copies, by when they were taken', async () => {
  for (let sequence = 1; sequence <= 11; sequence += 1) await take(sequence);
  expect((await store.list(MACHINE)).map(({ takenAt }) => takenAt - T0)).toEqual([11, 10, 9, 8, 7]);
  expect(await files()).toHaveLength(10);
});

it('leaves links out that lead out of the data, and never writes through them', async () => {
  const outside = join(root, 'outside');
  await mkdir(outside);
  await symlink(outside, join(disk, 'data', 'absolute'));
  await symlink('../../outside', join(disk, 'data', 'climbing'));
  await symlink('deep/note', join(disk, 'data', 'inside'));
  await link(join(disk, 'data', 'deep', 'note'), join(disk, 'data', 'hard'));
  const archive = await store.verified((await take(1)).copyId);
  const other = join(root, 'other');
  await mkdir(other);
  const leftOut = await unpackArchive(archive, other);
  expect(leftOut.toSorted()).toEqual(['data/absolute', 'data/climbing']);
  expect(await readFile(join(other, 'data', 'inside'), 'utf8')).toBe('precious');
  expect(await readFile(join(other, 'data', 'hard'), 'utf8')).toBe('precious');
  expect((await readdir(join(other, 'data'))).toSorted()).toEqual(['deep', 'hard', 'inside']);
  expect(await readdir(outside)).toEqual([]);
});

it('leaves sockets out, which are no data', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(disk, 'data', 'live.sock'), resolve));
  try {
    const archive = await store.verified((await take(1)).copyId);
    const other = join(root, 'other');
    await mkdir(other);
    await unpackArchive(archive, other);
    expect(await readdir(join(other, 'data'))).toEqual(['deep']);
  } finally {
    server.close();
  }
});

function flipped(good: Buffer): Buffer {
  const bad = Buffer.from(good);
  bad[bad.length >> 1] = bad[bad.length >> 1]! ^ 1;
  return bad;
}
