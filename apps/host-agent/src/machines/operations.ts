import type { CreateMachine, OperationKind } from '@fettle/contract/host-agent';
import type { ActionRef } from '@fettle/contract/ids';
import type { VersionRefs } from '@fettle/contract/version-set';
import type { MachineRecord } from '../disk/machine-records.ts';
import { HostFailure } from '../host-failure.ts';
import type { HostParts } from './machine-host.ts';

/** A copy that takes longer than this is given up: 15 minutes. */
const COPY_LIMIT_MS = 15 * 60_000;

/** One effect, ready to run once. */
export interface OperationParts {
  kind: OperationKind;
  run: () => Promise<void>;
}

/** The effects on machines. Each resolves when the effect is complete; the caller runs one at a time per machine. */
export interface Operations {
  create(order: CreateMachine): Promise<void>;
  start(machineId: string): Promise<void>;
  stop(machineId: string): Promise<void>;
  restart(machineId: string): Promise<void>;
  destroy(machineId: string): Promise<void>;
  copy(machineId: string, copyId: string): Promise<void>;
  /** Makes the machine anew from another image over its disk. When that fails it is made as it was. */
  rebuild(machineId: string, order: RebuildOrder): Promise<void>;
  /** Makes the machine anew from what its record says, and starts it: what is left of a rebuild, or of the way back. */
  finishRebuild(machineId: string): Promise<void>;
}

/** What a machine is made anew from. */
export interface RebuildOrder {
  action: ActionRef;
  image: string;
  versions: VersionRefs;
}

/** Makes the effects from a host's parts. */
export function createOperations({ backend, records, copies, log }: HostParts): Operations {
  /** The record of a machine that can be started; one that is still parked is set up again first. */
  async function startable(machineId: string): Promise<MachineRecord> {
    const record = await records.read(machineId);
    if (record === null) throw new HostFailure('MACHINE_NOT_FOUND', 'This host has no record of the machine');
    if (record.phase !== 'parked-running' && record.phase !== 'parked-stopped') return record;
    const ready: MachineRecord = { ...record, phase: 'ready' };
    await backend.reclaim(ready);
    await records.write(ready);
    return ready;
  }

  async function destroy(machineId: string): Promise<void> {
    await backend.destroy(machineId);
    await records.remove(machineId);
  }

  /** The record comes first: from here on a crash is made up for by what it says. */
  async function remake(record: MachineRecord): Promise<void> {
    const { machineId } = record.identity;
    await records.write(record);
    await backend.stop(machineId);
    await backend.release(machineId);
    await backend.reclaim(record);
    await backend.start(record);
  }

  return {
    destroy,

    async create(order) {
      const { machineId } = order.identity;
      // All that can refuse comes before anything is made.
      const restore = order.restoreCopyId === null ? null : await copies.verified(order.restoreCopyId);
      const before = await backend.observe(machineId);
      const recorded = await records.read(machineId);
      if (recorded !== null || before.state !== 'absent' || before.diskPresent) {
        throw new HostFailure('CONFLICT', 'Something of this machine is there already; destroy it first');
      }
      const record: MachineRecord = {
        format: 1,
        phase: 'preparing',
        identity: order.identity,
        services: order.services,
        limits: order.limits,
        versions: order.versions,
        versionsFrom: null,
        commandKeys: order.commandKeys,
        image: order.image ?? backend.image,
        ports: await backend.choosePorts(order.services),
        createdBy: order.action.id,
        rebuiltBy: null,
        createdAt: Date.now(),
      };
      await records.write(record);
      try {
        await backend.prepare(record, { bootstrap: order.bootstrap, restore });
        await records.write({ ...record, phase: 'ready' });
        await backend.start(record);
      } catch (error) {
        // A half-made machine helps nobody, and would stand in the way of the next attempt.
        await destroy(machineId).catch((failure: unknown) => {
          log(`the remains of ${machineId} could not be removed: ${String(failure)}`);
        });
        throw error;
      }
    },

    async start(machineId) {
      await backend.start(await startable(machineId));
    },

    async stop(machineId) {
      await backend.stop(machineId);
    },

    async restart(machineId) {
      const record = await startable(machineId);
      await backend.stop(machineId);
      await backend.start(record);
    },

    async rebuild(machineId, { action, image, versions }) {
      const before = await startable(machineId);
      try {
        await remake({ ...before, image, versions, versionsFrom: action.id, rebuiltBy: action.id });
      } catch (error) {
        await remake(before).catch((failure: unknown) => {
          log(`${machineId} could not be made as it was: ${String(failure)}`);
        });
        throw error;
      }
    },

    async finishRebuild(machineId) {
      await remake(await startable(machineId));
    },

    async copy(machineId, copyId) {
      await copies.take({
        machineId,
        copyId,
        takenAt: Date.now(),
        read: () => backend.readData(machineId),
        signal: AbortSignal.timeout(COPY_LIMIT_MS),
      });
    },
  };
}
