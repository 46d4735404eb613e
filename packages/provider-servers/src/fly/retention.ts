/** How long snapshots of volumes live. Pure. */
import type { FlyState, SnapshotRecord } from './record.ts';

/** Days that a volume keeps its snapshots unasked (Fly's docs, "Manage volume snapshots"). */
export const UNASKED_RETENTION = 5;
const DAY = 24 * 60 * 60_000;

/** The snapshots whose days are not over; those of a volume that is gone have the days of one that was asked for nothing. */
export function keptSnapshots(
  { snapshots, volumes }: Pick<FlyState, 'snapshots' | 'volumes'>,
  now: number,
): SnapshotRecord[] {
  const days = new Map(volumes.map(({ id, snapshotRetention }) => [id, snapshotRetention]));
  return snapshots.filter(
    ({ volumeId, createdAt }) => now - createdAt < (days.get(volumeId) ?? UNASKED_RETENTION) * DAY,
  );
}
