import { CREDENTIALS_VARIABLE, MACHINE_VARIABLE, MachineCredentials, MachineSpec } from '@fettle/contract';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileDurably } from '../disk/durable-write.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { parseJsonText } from '../disk/machine-files.ts';

/** Who the machine is, as its environment tells it. */
export type ToldIdentity = { spec: MachineSpec; credentials: MachineCredentials };

/**
 * Takes the two variables out of the environment, so that nothing that is started later has them, and returns what they
 * say; `null` when neither is set. Throws an error that names the variable and the field, never a value.
 */
export function takeBootEnvironment(env: NodeJS.ProcessEnv): ToldIdentity | null {
  const machine = env[MACHINE_VARIABLE];
  const credentials = env[CREDENTIALS_VARIABLE];
  delete env[MACHINE_VARIABLE];
  delete env[CREDENTIALS_VARIABLE];
  if (machine === undefined && credentials === undefined) return null;
  return {
    spec: read(MACHINE_VARIABLE, machine, MachineSpec),
    credentials: read(CREDENTIALS_VARIABLE, credentials, MachineCredentials),
  };
}

function read<Schema extends typeof MachineSpec | typeof MachineCredentials>(
  name: string,
  text: string | undefined,
  schema: Schema,
) {
  if (text === undefined) throw new Error(`${name} is not set, but the other variable of the pair is`);
  return parseJsonText({ text, from: name, schema });
}

/**
 * Puts it on the disk, whatever is there: the environment is what the provider holds now, while a disk may come from a
 * copy that another generation left. The credentials come last: who finds both finds a pair that was told together, or
 * the old credentials, which are refused, with the new spec; the next start writes both again.
 */
export async function writeIdentity(disk: DiskLayout, { spec, credentials }: ToldIdentity): Promise<void> {
  await mkdir(dirname(disk.machineFile), { recursive: true });
  await writeFileDurably(disk.machineFile, `${JSON.stringify(spec)}\n`);
  await writeFileDurably(disk.credentialsFile, `${JSON.stringify(credentials)}\n`, { mode: 0o400 });
}
