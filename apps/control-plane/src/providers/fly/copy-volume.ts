import type { DataCopy } from '@fettle/contract';
import type { KeptCopy } from '../cloud/cloud-entry.ts';
import { refused } from '../cloud/operation-log.ts';
import type { Work } from '../cloud/work.ts';
import type { FlyApi } from './fly-api.ts';
import type { FlyFacts } from './fly-facts.ts';
import type { VolumeSnapshot } from './machine.ts';

/** So many copies are remembered; Fly removes snapshots by itself when their days are over. */
const KEPT_COPIES = 3;
/** A snapshot that was ordered may take so long to show up. */
const APPEARS_WITHIN_MS = 120_000;

/** Orders a snapshot of the volume, if an earlier try has not. */
export async function beginCopy(api: FlyApi, work: Work<FlyFacts>): Promise<void> {
  const { volumeId } = work.facts;
  if (volumeId === null) throw refused('MACHINE_NOT_FOUND', 'There is no such machine at Fly');
  const present = await api.snapshots(volumeId);
  // A new one since an earlier try is what that try has made.
  if (work.doing.step !== '' && newSnapshot(work, present) !== null) return;
  if (work.doing.step === '') work.note({ snapshotsBefore: present.map(({ id }) => id) });
  work.sending('snapshot');
  await api.takeSnapshot(volumeId);
}

/** Looks whether the snapshot is complete. */
export async function watchCopy(api: FlyApi, work: Work<FlyFacts>): Promise<void> {
  const { volumeId, volumeGb } = work.facts;
  if (volumeId === null) return work.fail('MACHINE_NOT_FOUND', 'The volume is gone');
  const snapshot = newSnapshot(work, await api.snapshots(volumeId));
  if (snapshot === null) {
    if (work.ageMs > APPEARS_WITHIN_MS)
      work.fail('PROVIDER_FAILED', 'Fly has no snapshot although it was asked for one');
    return;
  }
  const { status } = snapshot;
  if (status !== null && /fail|error/i.test(status))
    return work.fail('PROVIDER_FAILED', `Fly made no snapshot: ${status}`);
  if (!isComplete(snapshot)) return;
  work.keepCopies([copyOf(work, snapshot, volumeGb), ...work.entry.copies].slice(0, KEPT_COPIES));
  work.note({ snapshotsBefore: [] });
  work.done();
}

/** What a copy's id holds: Fly's id of the snapshot, and the size of the disk that it is of. */
export function readCopyId(copyId: DataCopy['copyId']): { snapshotId: string; sizeGb: number } {
  const match = /^(.+)\.([0-9]+)$/.exec(copyId);
  if (match === null) return { snapshotId: copyId, sizeGb: 0 };
  return { snapshotId: match[1] ?? '', sizeGb: Number(match[2]) };
}

/** The specification does not list what `status` can be: one that is still made says so, or has no size yet. */
function isComplete({ status, size }: VolumeSnapshot): boolean {
  return status === null
    ? size !== null
    : !/creating|pending|waiting|progress|running|scheduled/i.test(status);
}

function newSnapshot(work: Work<FlyFacts>, present: readonly VolumeSnapshot[]): VolumeSnapshot | null {
  return present.find(({ id }) => !work.facts.snapshotsBefore.includes(id)) ?? null;
}

function copyOf(work: Work<FlyFacts>, snapshot: VolumeSnapshot, volumeGb: number | null): KeptCopy {
  const { id, size, created_at } = snapshot;
  const takenAt = Date.parse(created_at ?? '');
  return {
    copyId: `${id}.${Math.ceil(volumeGb ?? 0)}`,
    machineId: work.machineId,
    takenAt: Number.isNaN(takenAt) ? work.doing.operation.startedAt : takenAt,
    bytes: size === null ? null : Math.round(size),
    sha256: null,
    providerId: id,
  };
}
