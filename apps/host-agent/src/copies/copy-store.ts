import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DataCopy } from '@fettle/contract/host-agent';
import { MachineId } from '@fettle/contract/ids';
import * as v from 'valibot';
import { readIfPresent, syncFolder, writeDurably } from '../disk/durable-file.ts';
import { HostFailure, systemCode } from '../host-failure.ts';
import { listArchive, packArchive, sumArchive } from './archive.ts';

/** Copies kept for one machine; the oldest goes when a newer one is complete. */
export const KEPT_COPIES = 5;

const Manifest = v.object({ format: v.literal(1), entries: v.number(), copy: DataCopy });

/** How to take one copy. */
export interface CopyOrder {
  machineId: string;
  copyId: string;
  takenAt: number;
  /** Opens the machine's data as a tar stream. */
  read: () => Promise<Readable>;
  signal: AbortSignal;
}

/** Copies of machines' data. A copy exists when its manifest does, and the manifest is written last. */
export interface CopyStore {
  /** Packs, reads back, and only then publishes. A copy id that exists already is answered as it is. */
  take(order: CopyOrder): Promise<DataCopy>;
  /** All copies of a machine, the newest first. */
  list(machineId: string): Promise<DataCopy[]>;
  find(copyId: string): Promise<DataCopy | null>;
  /** Path of a copy's archive after its checksum was verified; throws COPY_NOT_FOUND or COPY_CORRUPT. */
  verified(copyId: string): Promise<string>;
  /** Removes what was left of a copy that was never published. */
  discard(copyId: string): Promise<void>;
}

/** The id that the copy of one action has, so that a repeat finds it. */
export function copyIdOf(machineId: string, sequence: number): string {
  return `${machineId}.${sequence}`;
}

/** Opens the copies in a folder. */
export function openCopyStore(root: string): CopyStore {
  const archiveOf = (machineId: string, copyId: string) => join(root, machineId, `${copyId}.tar.gz`);
  const manifestOf = (machineId: string, copyId: string) => join(root, machineId, `${copyId}.json`);

  async function find(copyId: string): Promise<DataCopy | null> {
    const machineId = machineOf(copyId);
    const text = await readIfPresent(manifestOf(machineId, copyId));
    if (text === null) return null;
    try {
      return v.parse(Manifest, JSON.parse(text)).copy;
    } catch (error) {
      throw new HostFailure('COPY_CORRUPT', 'The manifest of the copy cannot be read', { cause: error });
    }
  }

  async function list(machineId: string): Promise<DataCopy[]> {
    let names: string[];
    try {
      names = await readdir(join(root, machineId));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
    const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
    // A copy with an unreadable manifest is no good copy: it is not offered, and `verified` says why.
    const copies = await Promise.all(ids.map((id) => find(id).catch(() => null)));
    return copies
      .filter((copy) => copy !== null)
      .toSorted((a, b) => b.takenAt - a.takenAt || sequenceOf(b.copyId) - sequenceOf(a.copyId));
  }

  async function discard(copyId: string): Promise<void> {
    const archive = archiveOf(machineOf(copyId), copyId);
    await rm(`${archive}.partial`, { force: true });
    if ((await find(copyId).catch(() => null)) === null) await rm(archive, { force: true });
  }

  async function prune(machineId: string): Promise<void> {
    for (const { copyId } of (await list(machineId)).slice(KEPT_COPIES)) {
      // The manifest first: an archive without one is no copy, a manifest without an archive would be a lie.
      await rm(manifestOf(machineId, copyId), { force: true });
      await rm(archiveOf(machineId, copyId), { force: true });
    }
  }

  return {
    find,
    list,
    discard,
    async take({ machineId, copyId, takenAt, read, signal }) {
      const existing = await find(copyId);
      if (existing !== null) return existing;
      const archive = archiveOf(machineId, copyId);
      const partial = `${archive}.partial`;
      await mkdir(join(root, machineId), { recursive: true });
      try {
        const written = await packArchive(await read(), partial, signal);
        const [back, entries] = await Promise.all([sumArchive(partial), listArchive(partial)]);
        if (back.sha256 !== written.sha256)
          throw new HostFailure('COPY_CORRUPT', 'The disk returned other bytes');
        await rename(partial, archive);
        await syncFolder(join(root, machineId));
        const copy: DataCopy = { copyId, machineId, takenAt, ...written };
        const manifest = { format: 1, entries, copy };
        await writeDurably(manifestOf(machineId, copyId), `${JSON.stringify(manifest, null, 2)}\n`);
        await prune(machineId);
        return copy;
      } catch (error) {
        await discard(copyId);
        throw error;
      }
    },
    async verified(copyId) {
      const copy = await find(copyId);
      if (copy === null) throw new HostFailure('COPY_NOT_FOUND');
      const archive = archiveOf(copy.machineId, copyId);
      let sum;
      try {
        sum = await sumArchive(archive);
      } catch (error) {
        throw new HostFailure('COPY_CORRUPT', 'The archive of the copy cannot be read', { cause: error });
      }
      if (sum.sha256 !== copy.sha256 || sum.bytes !== copy.bytes) throw new HostFailure('COPY_CORRUPT');
      await listArchive(archive);
      return archive;
    },
  };
}

function machineOf(copyId: string): string {
  const machineId = copyId.slice(0, copyId.lastIndexOf('.'));
  // Also keeps a path out of the folder names.
  if (!v.is(MachineId, machineId)) throw new HostFailure('COPY_NOT_FOUND');
  return machineId;
}

function sequenceOf(copyId: string): number {
  return Number(copyId.slice(copyId.lastIndexOf('.') + 1));
}
