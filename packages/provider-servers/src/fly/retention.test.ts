import { expect, test } from 'vitest';
import type { SnapshotRecord, VolumeRecord } from './record.ts';
import { keptSnapshots } from './retention.ts';

const DAY = 24 * 60 * 60_000;
const NOW = 1_700_000_000_000;

const volume: VolumeRecord = {
  id: 'vol_a',
  app: 'fleet',
  name: 'a',
  region: 'fra',
  sizeGb: 1,
  snapshotRetention: 2,
  autoBackup: true,
  createdAt: NOW,
  attachedTo: null,
  diskOf: null,
  restoreCopyId: null,
  removal: null,
};

const snapshot = (id: string, volumeId: string, days: number): SnapshotRecord => ({
  id,
  volumeId,
  diskOf: 'tests.a.1',
  action: { id: 'tests.a.1/1', sequence: 1 },
  status: 'created',
  copiesBefore: [],
  copyId: 'copy',
  size: 1,
  digest: null,
  volumeGb: 1,
  createdAt: NOW - days * DAY,
});

test('a snapshot lives as long as its volume says, and five days when that is gone', () => {
  const snapshots = [
    snapshot('young', 'vol_a', 1),
    snapshot('old', 'vol_a', 2),
    snapshot('left', 'gone', 4),
    snapshot('over', 'gone', 5),
  ];
  expect(keptSnapshots({ snapshots, volumes: [volume] }, NOW).map(({ id }) => id)).toEqual(['young', 'left']);
});
