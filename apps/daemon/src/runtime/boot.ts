import { serve } from '@fettle/pidnap';
import { mkdir } from 'node:fs/promises';
import { writeFileDurably } from '../disk/durable-write.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { readMachineSpec } from '../disk/machine-files.ts';
import { readKept, removeForeign, writeCommandKeys } from '../credentials/kept-credentials.ts';
import { takeBootEnvironment, writeSpec } from './boot-environment.ts';
import { pidnapConfig } from './pidnap-config.ts';

/**
 * Starts the machine whose disk this is and supervises it in this very process until SIGTERM or SIGINT. Who the machine
 * is comes from the environment where its provider tells it so, else from the disk. pidnap's configuration is written
 * anew from the machine's spec each time.
 */
export async function boot(disk: DiskLayout): Promise<void> {
  const told = takeBootEnvironment(process.env);
  if (told !== null) await writeSpec(disk, told);
  const spec = readMachineSpec(disk);
  const { machineId } = spec.identity;
  removeForeign(disk, machineId);
  for (const folder of [disk.data, disk.home, disk.versions, disk.pidnapState])
    await mkdir(folder, { recursive: true });

  const { PATH = '/usr/local/bin:/usr/bin:/bin' } = process.env;
  const paths = { node: process.execPath, runtime: programPath(), path: PATH };
  const config = pidnapConfig(spec, disk, paths);
  await writeCommandKeys(disk, readKept(disk, machineId)?.commandKeys ?? spec.commandKeys);
  await writeFileDurably(disk.pidnapConfig, `${JSON.stringify(config, null, 2)}\n`);

  // The mark by which everything that belongs to one machine is found, whoever started this process.
  process.env.FETTLE_MACHINE_ID = machineId;
  console.log(`Machine ${machineId} starts`);
  await serve(disk.pidnapConfig);
}

/** The file that runs now: `runtime.cjs`, or the source during development. */
function programPath(): string {
  const [, program] = process.argv;
  if (program === undefined)
    throw new Error('the machine runtime is started as a program: node runtime.cjs boot');
  return program;
}
