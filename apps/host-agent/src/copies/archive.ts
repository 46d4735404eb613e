import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import * as tar from 'tar';
import { HostFailure } from '../host-failure.ts';

/** A copy may not be larger than this, packed: 4 GiB. A machine that needs more needs another way of copying. */
const MAX_COPY_BYTES = 4 * 1024 ** 3;

/** User and group of everything in an archive, whatever machine it is from: the user of machines in containers. */
const ARCHIVE_OWNER = 1000;

/** Size and checksum of an archive file. */
export interface ArchiveSum {
  bytes: number;
  sha256: string;
}

/**
 * The `data` folder of a disk as a tar stream. Sockets and pipes are left out: they are not data. The machine may run
 * meanwhile, so a file that vanishes is no error; one that cannot be read is.
 */
export function packData(disk: string): Readable {
  const packed = tar.create(
    {
      cwd: disk,
      filter: (_path, stat) =>
        !('isSocket' in stat) || stat.isFile() || stat.isDirectory() || stat.isSymbolicLink(),
      onWriteEntry({ stat }) {
        if (stat !== undefined) Object.assign(stat, { uid: ARCHIVE_OWNER, gid: ARCHIVE_OWNER });
      },
      onwarn(_code, message, { code }) {
        if (code === 'ENOENT') return;
        stream.destroy(new Error(message));
      },
    },
    ['data'],
  );
  const stream = Readable.from(packed);
  return stream;
}

/** Packs a tar stream into a gzip file and brings it to the disk. Rejects with DISK_FULL beyond 4 GiB. */
export async function packArchive(source: Readable, path: string, signal: AbortSignal): Promise<ArchiveSum> {
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      if (bytes > MAX_COPY_BYTES) done(new HostFailure('DISK_FULL', 'The data is too large for a copy'));
      else done(null, chunk);
    },
  });
  await pipeline(source, createGzip(), meter, createWriteStream(path, { mode: 0o600 }), { signal });
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Reads an archive file back and sums it. */
export async function sumArchive(path: string): Promise<ArchiveSum> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/**
 * Reads a whole archive as a restore would. Resolves with the number of its entries.
 * Rejects with COPY_CORRUPT when it is cut, damaged, or holds anything that is not below `data/`.
 */
export async function listArchive(path: string): Promise<number> {
  let entries = 0;
  let foreign = false;
  try {
    await tar.list({
      file: path,
      strict: true,
      onReadEntry(entry) {
        entries += 1;
        foreign ||= !isDataPath(entry.path);
      },
    });
  } catch (error) {
    throw new HostFailure('COPY_CORRUPT', 'The copy cannot be read back', { cause: error });
  }
  // Even empty data has one entry: the folder itself.
  if (foreign || entries === 0) throw new HostFailure('COPY_CORRUPT', 'The copy does not hold a data folder');
  return entries;
}

/**
 * Unpacks a verified archive below a folder. Files belong to whoever runs the host-agent. Links that lead out of
 * `data/` are left out, because a later entry could be written through them; resolves with their paths.
 */
export async function unpackArchive(path: string, folder: string): Promise<string[]> {
  const leftOut: string[] = [];
  await tar.extract({
    file: path,
    cwd: folder,
    strict: true,
    preserveOwner: false,
    filter(entryPath, entry) {
      if (!isDataPath(entryPath)) return false;
      if (!('linkpath' in entry) || !entry.linkpath || staysInside(entryPath, entry)) return true;
      leftOut.push(entryPath);
      return false;
    },
  });
  return leftOut;
}

/** Symbolic links count from their own folder, hard links from the archive's root. */
function staysInside(
  entryPath: string,
  { type, linkpath = '' }: { type: string; linkpath?: string },
): boolean {
  if (posix.isAbsolute(linkpath)) return false;
  return isDataPath(
    posix.normalize(type === 'Link' ? linkpath : posix.join(posix.dirname(entryPath), linkpath)),
  );
}

function isDataPath(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts[0] === 'data' && !parts.includes('..');
}
