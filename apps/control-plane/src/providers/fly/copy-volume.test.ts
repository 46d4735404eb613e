import { expect, it } from 'vitest';
import { flyBench, MACHINE, NOW, VOLUMES } from '../../../test/fly-bench.ts';
import { readCopyId } from './copy-volume.ts';

const SNAPSHOTS = `${VOLUMES}/vol1/snapshots`;
const snapshot = (id: string, status: string | null, size: number | null = null) => ({ id, status, size });

/** A machine whose volume has the snapshots that a test says. */
async function copying() {
  let now = NOW;
  const bench = flyBench(() => now);
  await bench.create();
  const tell = (...snapshots: unknown[]) => bench.api.script({ [`GET ${SNAPSHOTS}`]: { json: snapshots } });
  tell(snapshot('vs_daily', 'created', 10));
  bench.api.script({ [`POST ${SNAPSHOTS}`]: { json: {} } });
  return {
    ...bench,
    tell,
    copy: () => bench.provider.copy(bench.action(2), MACHINE),
    look: () => bench.provider.inspect(MACHINE),
    later: (ms: number) => void (now += ms),
  };
}

it('takes the snapshot that was not there before for its own, once it is complete', async () => {
  const { tell, copy, look } = await copying();
  await copy();
  expect(await look()).toMatchObject({ operation: { status: 'running' }, lastCopy: null });
  tell(snapshot('vs_daily', 'created', 10), snapshot('vs_new', 'pending'));
  expect(await look()).toMatchObject({ operation: { status: 'running' } });
  const made = { ...snapshot('vs_new', 'created', 4096), created_at: '2023-11-14T22:13:30Z' };
  tell(snapshot('vs_daily', 'created', 10), made);
  expect(await look()).toMatchObject({
    operation: { status: 'done' },
    lastCopy: { copyId: 'vs_new.3', machineId: MACHINE, takenAt: NOW + 10_000, bytes: 4096, sha256: null },
  });
});

it('orders one snapshot although the answer was lost', async () => {
  const { api, tell, copy, bodies } = await copying();
  api.script({ [`POST ${SNAPSHOTS}`]: 'lost' });
  await expect(copy()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  tell(snapshot('vs_daily', 'created', 10), snapshot('vs_new', 'pending'));
  await copy();
  expect(bodies(`POST ${SNAPSHOTS}`)).toHaveLength(1);
});

it('fails with the word of Fly, or when nothing ever shows up', async () => {
  const failing = await copying();
  await failing.copy();
  failing.tell(snapshot('vs_new', 'failed'));
  expect(await failing.look()).toMatchObject({ operation: { status: 'failed' } });

  const silent = await copying();
  await silent.copy();
  silent.later(121_000);
  expect(await silent.look()).toMatchObject({ operation: { status: 'failed' } });
});

it('has the size of the disk in the id of the copy', () => {
  expect(readCopyId('vs_a.b.12')).toEqual({ snapshotId: 'vs_a.b', sizeGb: 12 });
  expect(readCopyId('vs_ab')).toEqual({ snapshotId: 'vs_ab', sizeGb: 0 });
});
