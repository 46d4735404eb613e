import type { CreateMachine, OperationKind } from '@fettle/contract/host-agent';
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
        image: backend.image,
        ports: await backend.choosePorts(order.services),
        createdBy: order.action.id,
        createdAt: Date.now(),
      };
      await records.write(record);
      try {
        await backend.prepare(record, { credentials: order.credentials, restore });
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
