import { MACHINE_VARIABLE, MachineSpec } from '@fettle/contract';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileDurably } from '../disk/durable-write.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { parseJsonText } from '../disk/machine-files.ts';

/**
 * Takes the variable that tells who the machine is out of the environment, so that nothing that is started later has it,
 * and returns what it says; `null` when it is not set. Throws an error that names the variable and the field, never a value.
 */
export function takeBootEnvironment(env: NodeJS.ProcessEnv): MachineSpec | null {
  const text = env[MACHINE_VARIABLE];
  delete env[MACHINE_VARIABLE];
  return text === undefined ? null : parseJsonText({ text, from: MACHINE_VARIABLE, schema: MachineSpec });
}

/**
 * Puts it on the disk, whatever is there: the environment is what the provider holds now, while a disk may come from a
 * copy that another generation left.
 */
export async function writeSpec(disk: DiskLayout, spec: MachineSpec): Promise<void> {
  await mkdir(dirname(disk.machineFile), { recursive: true });
  await writeFileDurably(disk.machineFile, `${JSON.stringify(spec)}\n`);
}
