import { redact } from '@fettle/core/redaction';
import { RepositoryName, type EvidencePart, type InsideEvidence } from '@fettle/contract';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMachineCredentials } from '../credentials/machine-credentials.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { readMachineSpec } from '../disk/machine-files.ts';
import { createGit } from '../versions/git.ts';
import { deadlineIn, type Deadline } from './deadline.ts';
import { lookAtCheckout, writeChanges, type CheckoutLook } from './look-at-checkouts.ts';
import { countMemoryKills, lookAtDisk } from './machine-facts.ts';
import { putPart, type PartStore } from './part-store.ts';
import { listOwnProcesses } from './process-list.ts';
import { makeScratchFolder } from './scratch-folder.ts';
import { writeServiceLogs } from './service-logs.ts';

/** Of the time, what the last part may take: it says what became of the others. */
const LAST_PART = { share: 0.2, mostMs: 2000 };

/** One collection under way. Its deadline is that of everything but the last part. */
type Collection = Deadline & {
  disk: DiskLayout;
  id: string;
  folder: string;
  store: PartStore;
  secrets: string[];
  inside: InsideEvidence;
};

/**
 * Collects what is known inside the machine and stores each part at the control plane. It asks nobody in the machine, so
 * it works while everything in it hangs. What cannot be had is in `missing` with why; it ends within `deadlineMs`.
 * Throws only when the machine does not know who it is, or has no place for a file.
 */
export async function collectEvidence({
  disk,
  id,
  deadlineMs,
}: {
  disk: DiskLayout;
  id: string;
  deadlineMs: number;
}): Promise<InsideEvidence> {
  const whole = deadlineIn(deadlineMs);
  const steps = deadlineIn(deadlineMs - Math.min(deadlineMs * LAST_PART.share, LAST_PART.mostMs));
  const spec = readMachineSpec(disk);
  const store = { spec, credentials: createMachineCredentials({ disk, spec, keeps: false }) };
  await using folder = await makeScratchFolder(disk);
  const collection: Collection = {
    disk,
    id,
    folder: folder.path,
    store,
    secrets: store.credentials.secrets(),
    inside: nothingYet(),
    ...steps,
  };
  lookAtMachine(collection);
  await Promise.all([
    storePart(collection, 'logs.txt', (path) =>
      writeServiceLogs(disk, { path, secrets: collection.secrets }),
    ),
    lookAtAllCheckouts(collection),
  ]);
  await storeInside(collection, whole.signal);
  return collection.inside;
}

function nothingYet(): InsideEvidence {
  return {
    collectedAt: Date.now(),
    processes: [],
    memoryKills: null,
    disk: null,
    repositories: [],
    work: [],
    stored: [],
    missing: [],
  };
}

function lookAtMachine({ disk, secrets, inside }: Collection): void {
  const look = (what: string, work: () => void) => {
    try {
      work();
    } catch (error) {
      inside.missing.push({ part: 'inside.json', why: `${what}: ${wordsOf(error)}` });
    }
  };
  look('processes', () => {
    inside.processes = listOwnProcesses(disk).map(({ pid, parent, command, state, memoryMb }) => ({
      pid,
      parent,
      command: redact(command, secrets),
      state,
      memoryMb,
    }));
  });
  look('memory kills', () => (inside.memoryKills = countMemoryKills()));
  look('disk', () => (inside.disk = lookAtDisk(disk.root)));
}

async function lookAtAllCheckouts(collection: Collection): Promise<void> {
  const { disk, folder, secrets, inside, signal, remainingMs } = collection;
  const looks: CheckoutLook[] = [];
  const git = createGit(disk, join(folder, 'gitconfig'));
  for (const repository of RepositoryName.options) {
    const part: EvidencePart = `work-${repository}.bundle`;
    try {
      const own = { git: await git, remainingMs, disk, folder: join(folder, repository) };
      const look = await within(signal, lookAtCheckout(repository, own));
      looks.push(look);
      inside.repositories.push(look.state);
      if (look.unsaved !== null) inside.missing.push({ part, why: look.unsaved });
      if (look.work === null) continue;
      const { saved, bundle } = look.work;
      if (await storePart(collection, part, async () => bundle)) inside.work.push(saved);
    } catch (error) {
      inside.missing.push({ part, why: wordsOf(error) });
    }
  }
  await storePart(collection, 'changes.diff', async (path) =>
    writeChanges(looks, { git: await git, remainingMs, path, secrets }),
  );
}

/** Makes a part and stores it. `make` gives the file's path, `null` when there is nothing to store. */
async function storePart(
  { id, folder, store, inside, signal }: Collection,
  part: EvidencePart,
  make: (path: string) => Promise<string | null>,
): Promise<boolean> {
  try {
    const path = await within(signal, make(join(folder, part)));
    if (path === null) return false;
    await within(signal, putPart(store, { id, part, path, signal }));
    inside.stored.push(part);
    return true;
  } catch (error) {
    inside.missing.push({ part, why: wordsOf(error) });
    return false;
  }
}

/** The last part says of itself that it is stored; when it is not, only the line that is printed tells. */
async function storeInside({ id, folder, store, inside }: Collection, signal: AbortSignal): Promise<void> {
  const part = 'inside.json';
  try {
    const path = join(folder, part);
    await writeFile(path, JSON.stringify({ ...inside, stored: [...inside.stored, part] }, null, 2));
    await within(signal, putPart(store, { id, part, path, signal }));
    inside.stored.push(part);
  } catch (error) {
    inside.missing.push({ part, why: wordsOf(error) });
  }
}

/** Whatever becomes of the work, the caller goes on when the time is up. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const up = Promise.withResolvers<never>();
  const end = () => up.reject(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, up.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'it was not done in time';
  return error instanceof Error ? error.message : String(error);
}
