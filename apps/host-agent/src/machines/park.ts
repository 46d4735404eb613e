import type { MachineRecord } from '../disk/machine-records.ts';
import type { HostParts } from './machine-host.ts';
import type { MachineQueue } from './machine-queue.ts';

/**
 * Takes every machine down and keeps its disk. The mark is written first: a crash in between leaves a marked machine
 * that still runs, which `resumeMachines` accepts. A machine that is gone gets no mark, so that it stays gone.
 */
export async function parkMachines({ backend, records, log }: HostParts): Promise<void> {
  const park = async (machineId: string) => {
    const record = await records.read(machineId);
    if (record === null || record.phase !== 'ready') return;
    const { state } = await backend.observe(machineId);
    if (state === 'absent' || state === 'unknown') return;
    await records.write({ ...record, phase: state === 'stopped' ? 'parked-stopped' : 'parked-running' });
    await backend.stop(machineId);
    await backend.release(machineId);
  };
  await Promise.all(
    (await records.list()).map((machineId) =>
      park(machineId).catch((error: unknown) => log(`${machineId} could not be parked: ${String(error)}`)),
    ),
  );
}

interface ResumeParts extends HostParts {
  queue: MachineQueue;
  /** Holds the machines that are on their way back. */
  resuming: Set<string>;
}

/** Brings every marked machine back as it was and removes the mark. A failure leaves the mark for the next start. */
export async function resumeMachines({ backend, records, queue, resuming, log }: ResumeParts): Promise<void> {
  const parked: MachineRecord[] = [];
  for (const machineId of await records.list()) {
    const record = await records.read(machineId);
    if (record?.phase === 'parked-running' || record?.phase === 'parked-stopped') parked.push(record);
  }
  for (const record of parked) resuming.add(record.identity.machineId);
  await Promise.all(
    parked.map((record) => {
      const { machineId } = record.identity;
      return queue
        .run(machineId, async () => {
          const ready: MachineRecord = { ...record, phase: 'ready' };
          await backend.reclaim(ready);
          if (record.phase === 'parked-running') await backend.start(ready);
          const moved = await records.read(machineId);
          // Starting may have moved the ports.
          await records.write({ ...(moved ?? ready), phase: 'ready' });
        })
        .catch((error: unknown) => log(`${machineId} could not be brought back: ${String(error)}`))
        .finally(() => resuming.delete(machineId));
    }),
  );
}
