import { readdir } from 'node:fs/promises';
import { MachineId, Timestamp } from '@fettle/contract/ids';
import { MachineIdentity, MachineLimits, MachineSpec } from '@fettle/contract/machine-spec';
import { ServiceSpec } from '@fettle/contract/service';
import { VersionRefs } from '@fettle/contract/version-set';
import * as v from 'valibot';
import { HostFailure, systemCode } from '../host-failure.ts';
import { readIfPresent, writeDurably } from './durable-file.ts';
import { removeFolder } from './remove-folder.ts';
import type { StateFolder } from './state-folder.ts';

/**
 * What the host-agent needs to bring a machine back: everything but its secrets, which are only on its disk.
 * `preparing`: the disk is not complete. `parked-*`: taken down at the host-agent's own stop, comes back as it was.
 */
export const MachineRecord = v.object({
  format: v.literal(1),
  phase: v.picklist(['preparing', 'ready', 'parked-running', 'parked-stopped']),
  identity: MachineIdentity,
  services: v.array(ServiceSpec),
  limits: MachineLimits,
  versions: VersionRefs,
  /** Id of the action that asked for `versions` after the first start. */
  versionsFrom: v.optional(v.nullable(v.string()), null),
  image: v.string(),
  commandKeys: MachineSpec.entries.commandKeys,
  /** Ports that the machine's own listeners bind, by name. */
  ports: MachineSpec.entries.ports,
  /** Id of the action that made the machine. */
  createdBy: v.string(),
  /** Id of the last action that gave it another image. */
  rebuiltBy: v.optional(v.nullable(v.string()), null),
  createdAt: Timestamp,
});
export type MachineRecord = v.InferOutput<typeof MachineRecord>;

/** The records of all machines of a host, one durable file each. */
export interface MachineRecords {
  read(machineId: string): Promise<MachineRecord | null>;
  write(record: MachineRecord): Promise<void>;
  /** Removes all that the state folder holds of a machine, its disk included. */
  remove(machineId: string): Promise<void>;
  /** Ids of all machines that have a folder. */
  list(): Promise<string[]>;
}

/** Opens the records in a state folder. */
export function openMachineRecords(state: StateFolder): MachineRecords {
  return {
    async read(machineId) {
      const path = state.machine(machineId).record;
      const text = await readIfPresent(path);
      if (text === null) return null;
      try {
        return v.parse(MachineRecord, JSON.parse(text));
      } catch (error) {
        throw new HostFailure('INTERNAL', `${path} cannot be read`, { cause: error });
      }
    },
    async write(record) {
      const path = state.machine(record.identity.machineId).record;
      await writeDurably(path, `${JSON.stringify(record, null, 2)}\n`);
    },
    async remove(machineId) {
      await removeFolder(state.machine(machineId).root);
    },
    async list() {
      try {
        const names = await readdir(state.machines);
        return names.filter((name) => v.is(MachineId, name)).toSorted();
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return [];
        throw error;
      }
    },
  };
}
