import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MachineId } from '@fettle/contract/ids';
import * as v from 'valibot';
import { readIfPresent, writeDurably } from '../disk/durable-file.ts';
import { HostFailure, systemCode } from '../host-failure.ts';
import { ActionLog, emptyLog } from '../core/action-log.ts';

/** Logs of machines that are gone are kept for late repeats; beyond this many, the oldest are removed. */
const KEPT_LOGS = 2000;

/** The action logs of all machines, one durable file each. */
export interface ActionStore {
  read(machineId: string): Promise<ActionLog>;
  /** Resolves when the log is on the disk, not before. */
  write(log: ActionLog): Promise<void>;
  list(): Promise<string[]>;
  /** Removes the logs that were not written for the longest time and belong to none of `needed`. */
  prune(needed: ReadonlySet<string>): Promise<void>;
}

/** Opens the action logs in a folder. */
export function openActionStore(folder: string): ActionStore {
  const fileOf = (machineId: string) => join(folder, `${machineId}.json`);

  async function list(): Promise<string[]> {
    try {
      const names = await readdir(folder);
      return names
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
        .filter((name) => v.is(MachineId, name));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  return {
    list,
    async read(machineId) {
      const text = await readIfPresent(fileOf(machineId));
      if (text === null) return emptyLog(machineId);
      try {
        return v.parse(ActionLog, JSON.parse(text));
      } catch (error) {
        // Without its log a machine has no fence: nothing may be done to it until somebody looks.
        throw new HostFailure('INTERNAL', `The action log of ${machineId} cannot be read`, { cause: error });
      }
    },
    async write(log) {
      await writeDurably(fileOf(log.machineId), `${JSON.stringify(log)}\n`);
    },
    async prune(needed) {
      const gone = (await list()).filter((machineId) => !needed.has(machineId));
      if (gone.length <= KEPT_LOGS) return;
      const aged = await Promise.all(gone.map(async (id) => ({ id, at: (await stat(fileOf(id))).mtimeMs })));
      const newestFirst = aged.toSorted((a, b) => b.at - a.at);
      await Promise.all(newestFirst.slice(KEPT_LOGS).map(({ id }) => rm(fileOf(id), { force: true })));
    },
  };
}
