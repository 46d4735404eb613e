import { ServiceName } from '@fettle/contract/ids';
import { rm } from 'node:fs/promises';
import * as v from 'valibot';
import { writeFileDurably } from '../disk/durable-write.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { readJsonFile } from '../disk/machine-files.ts';

const RestartDue = v.object({
  /** Number of the set that the processes are to run. */
  set: v.number(),
  /** In the order in which they are restarted. */
  processes: v.array(ServiceName),
});

/**
 * Notes, before the switch, who has to be restarted after it. A run that is killed in between leaves the note, and the
 * next one finishes the work: otherwise old code would go on running under the new version's name.
 */
export async function noteRestartDue(disk: DiskLayout, due: v.InferOutput<typeof RestartDue>): Promise<void> {
  await writeFileDurably(disk.restartDue, `${JSON.stringify(due)}\n`);
}

/** Processes that still run what was current before `set`; none when the note belongs to a switch that never happened. */
export function readRestartDue(disk: DiskLayout, set: number | null): string[] {
  try {
    const due = readJsonFile(disk.restartDue, RestartDue);
    return due.set === set ? due.processes : [];
  } catch {
    return []; // there is no note, or none that was finished: it is written whole before the switch
  }
}

/** Everything was restarted, or starts anew anyway. */
export async function clearRestartDue(disk: DiskLayout): Promise<void> {
  await rm(disk.restartDue, { force: true });
}
