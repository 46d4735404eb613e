import { randomBytes } from 'node:crypto';
import { nextAction } from '../host/sequences.ts';
import { createOrdersOnTheirWay } from '../host/orders-on-their-way.ts';
import { HostProblem } from '../host/host-machines.ts';
import { Refusal, textParameter, type Call, type Handlers } from '../server/call.ts';
import { snapshotAnswer, volumeAnswer } from './answers.ts';
import { assertApp } from './apps.ts';
import { noRoom, regionOf } from './create.ts';
import type { Machines } from './machines.ts';
import type { FlyParts } from './parts.ts';
import type { SnapshotRecord, VolumeRecord } from './record.ts';
import { keptSnapshots, UNASKED_RETENTION } from './retention.ts';

/** The published body of a create, as far as it is read here. */
type Asked = {
  name?: string;
  region?: string;
  size_gb?: number;
  snapshot_id?: string;
  source_volume_id?: string;
  snapshot_retention?: number;
  auto_backup_enabled?: boolean;
};

/** The size of a volume unasked. */
const UNASKED_GB = 1;

/** Volumes and their snapshots. A volume is on paper until a machine is made with it; then it is that machine's disk. */
export function volumeHandlers(parts: FlyParts, machines: Machines): Handlers {
  const { file, host, faults } = parts;
  const sending = createOrdersOnTheirWay();

  /** The volume of a call, settled: one whose removal is done is gone. */
  async function found(call: Call): Promise<VolumeRecord> {
    const app = textParameter(call, 'app_name');
    const id = textParameter(call, 'volume_id');
    const volume = file.state.volumes.find((each) => each.id === id && each.app === app);
    const settled = volume === undefined ? null : await settledVolume(volume);
    if (settled === null) throw new Refusal(404, `volume not found: ${id ?? ''}`);
    return settled;
  }

  async function settledVolume(volume: VolumeRecord): Promise<VolumeRecord | null> {
    if (volume.removal === null || volume.diskOf === null || sending.has(volume.removal)) return volume;
    const seen = await machines.inspection(volume.diskOf);
    if (seen === null || seen.state === 'unknown') return volume;
    const operation = seen.operation?.action.id === volume.removal.id ? seen.operation : null;
    if (operation?.status === 'running') return volume;
    return file.change((state) => {
      if (seen.state === 'absent' && !seen.diskPresent) {
        state.volumes = state.volumes.filter(({ id }) => id !== volume.id);
        return null;
      }
      // It was not removed: it is there, and can be removed again.
      const present = state.volumes.find(({ id }) => id === volume.id);
      return present === undefined ? null : Object.assign(present, { removal: null });
    });
  }

  /** A snapshot that is being taken, looked at where it is taken. */
  async function takenSnapshot(snapshot: SnapshotRecord): Promise<SnapshotRecord> {
    if (snapshot.status !== 'pending' || sending.has(snapshot.action)) return snapshot;
    const seen = await machines.inspection(snapshot.diskOf);
    const { operation } = seen ?? { operation: null };
    const known = operation !== null && operation.action.sequence >= snapshot.action.sequence;
    if (seen === null || operation?.status === 'running') return snapshot;
    const copies = known ? await copiesOf(snapshot.diskOf) : [];
    if (copies === null) return snapshot;
    const copy = copies.findLast(({ copyId }) => !snapshot.copiesBefore.includes(copyId));
    return file.change((state) =>
      Object.assign(
        state.snapshots.find(({ id }) => id === snapshot.id) ?? snapshot,
        copy === undefined
          ? { status: 'failed' as const }
          : { status: 'created' as const, copyId: copy.copyId, size: copy.bytes ?? 0, digest: copy.sha256 },
      ),
    );
  }

  async function copiesOf(machineId: string) {
    try {
      return await host.copies(machineId);
    } catch (error) {
      if (error instanceof HostProblem) return null;
      throw error;
    }
  }

  return {
    async Volumes_list(call) {
      const app = assertApp(file.state, textParameter(call, 'app_name'));
      const own = file.state.volumes.filter((volume) => volume.app === app);
      const settled = await Promise.all(own.map(settledVolume));
      return {
        status: 200,
        body: settled.filter((volume) => volume !== null).map((volume) => volumeAnswer(volume)),
      };
    },

    async Volumes_create(call) {
      const app = assertApp(file.state, textParameter(call, 'app_name'));
      const asked = call.body as Asked;
      const region = regionOf(parts, asked.region);
      if (!/^[a-z0-9_]{1,30}$/.test(asked.name ?? ''))
        throw new Refusal(
          400,
          'invalid_argument: name must hold 1 to 30 lower-case letters, digits or underscores',
        );
      if (asked.source_volume_id !== undefined)
        throw new Refusal(400, 'invalid_argument: source_volume_id is not served here');
      if (
        faults.take('no-capacity', (fault) => fault.region === undefined || fault.region === region) !== null
      )
        throw noRoom();
      const wanted = file.state.snapshots.find(({ id }) => id === asked.snapshot_id);
      const snapshot = wanted === undefined ? undefined : await takenSnapshot(wanted);
      const restoreCopyId = snapshot?.copyId ?? null;
      if (asked.snapshot_id !== undefined && restoreCopyId === null)
        throw new Refusal(400, `invalid_argument: snapshot ${asked.snapshot_id} not found`);
      const volume: VolumeRecord = {
        id: `vol_${randomBytes(9).toString('hex')}`,
        app,
        name: asked.name!,
        region,
        sizeGb: asked.size_gb ?? snapshot?.volumeGb ?? UNASKED_GB,
        snapshotRetention: asked.snapshot_retention ?? UNASKED_RETENTION,
        autoBackup: asked.auto_backup_enabled ?? true,
        createdAt: call.now,
        attachedTo: null,
        diskOf: null,
        restoreCopyId,
        removal: null,
      };
      file.change((state) => void state.volumes.push(volume));
      return { status: 200, body: volumeAnswer(volume) };
    },

    async Volumes_get_by_id(call) {
      return { status: 200, body: volumeAnswer(await found(call)) };
    },

    async Volume_delete(call) {
      const volume = await found(call);
      if (volume.attachedTo !== null)
        throw new Refusal(409, `aborted: volume ${volume.id} is attached to machine ${volume.attachedTo}`);
      const { diskOf } = volume;
      if (diskOf === null) {
        file.change((state) => {
          state.volumes = state.volumes.filter(({ id }) => id !== volume.id);
        });
        return { status: 200, body: { ...volumeAnswer(volume), state: 'destroyed' } };
      }
      const begun = file.change((state) =>
        Object.assign(
          state.volumes.find(({ id }) => id === volume.id)!,
          {
            removal: nextAction(state.sequences, diskOf, call.now),
          },
        ),
      );
      await sending.send(begun.removal, () => host.act('destroy', diskOf, begun.removal));
      return { status: 200, body: volumeAnswer(begun) };
    },

    async Volumes_list_snapshots(call) {
      const volume = await found(call);
      const own = file.state.snapshots.filter(({ volumeId }) => volumeId === volume.id);
      const taken = await Promise.all(own.map(takenSnapshot));
      return {
        status: 200,
        body: taken.map((snapshot) => snapshotAnswer(snapshot, volume.snapshotRetention)),
      };
    },

    async createVolumeSnapshot(call) {
      const volume = await found(call);
      const { diskOf } = volume;
      if (diskOf === null)
        throw new Refusal(412, `failed_precondition: volume ${volume.id} has never been used`);
      const holder = file.state.machines.find(({ id }) => id === volume.attachedTo);
      if (holder !== undefined && holder.change !== null)
        throw new Refusal(409, 'aborted: the machine is on its way to something else');
      const before = await copiesOf(diskOf);
      if (before === null) throw new Refusal(500, 'unavailable: no host answers');
      const snapshot = file.change((state) => {
        const taken: SnapshotRecord = {
          id: `vs_${randomBytes(9).toString('hex')}`,
          volumeId: volume.id,
          diskOf,
          action: nextAction(state.sequences, diskOf, call.now),
          status: 'pending',
          copiesBefore: before.map(({ copyId }) => copyId),
          copyId: null,
          size: 0,
          digest: null,
          volumeGb: volume.sizeGb,
          createdAt: call.now,
        };
        state.snapshots = [...keptSnapshots(state, call.now), taken];
        return taken;
      });
      await sending.send(snapshot.action, () => host.act('copy', diskOf, snapshot.action));
      return { status: 200 };
    },
  };
}
