import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readProcesses, signalProcess, type ProcessEntry } from '../processes/process-table.ts';
import type { MachineHand } from './machine-hand.ts';

/** Marks that the host-agent puts into the environment of every process of a machine. */
const MACHINE_MARK = 'FETTLE_MACHINE_ID';
const HOST_MARK = 'FETTLE_HOST_ID';

/** Takes hold of a machine that is a process tree of this computer. */
export function processHand({
  hostId,
  machineId,
  hostFolder,
}: {
  hostId: string;
  machineId: string;
  /** State folder of the host-agent. */
  hostFolder: string;
}): MachineHand {
  const members = async (): Promise<ProcessEntry[]> =>
    (await readProcesses()).filter(
      ({ environment }) =>
        environment.includes(`${HOST_MARK}=${hostId}`) &&
        environment.includes(`${MACHINE_MARK}=${machineId}`),
    );
  return {
    processes: async () => (await members()).map(({ pid, command }) => ({ pid, command })),
    async signal(pid, signal) {
      // The pid may have gone to another program since it was read.
      if ((await members()).some((entry) => entry.pid === pid)) signalProcess(pid, signal);
    },
    async wipeOut() {
      for (let left = await members(); left.length > 0; left = await members()) {
        for (const { pid } of left) signalProcess(pid, 'SIGKILL');
        await pause(20);
      }
      await rm(path.join(hostFolder, 'machines', machineId, 'disk'), {
        recursive: true,
        force: true,
        maxRetries: 5,
      });
    },
  };
}
