import { BootstrapClaim, BootstrapFile, BootstrapToken, CommandKey } from '@fettle/contract/credentials';
import { MachineId } from '@fettle/contract/ids';
import { RepositoryUrls } from '@fettle/contract/version-set';
import { existsSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { writeFileDurably } from '../disk/durable-write.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { readJsonFile } from '../disk/machine-files.ts';

/** What a machine keeps to prove who it is, and what it was given with that. */
export const KeptCredentials = v.object({
  /** Whose they are: a disk that was copied from another machine holds that one's. */
  machineId: MachineId,
  renewal: BootstrapToken,
  commandKeys: v.pipe(v.array(CommandKey), v.minLength(1)),
  repositories: v.nullable(RepositoryUrls),
  /** SHA-256 of the bootstrap token that they were exchanged for, base64url. */
  bootstrap: v.string(),
});
export type KeptCredentials = v.InferOutput<typeof KeptCredentials>;

/** An exchange under way. A repeat must carry the same claim: the answer may have been lost. */
export const PendingExchange = v.object({
  machineId: MachineId,
  token: BootstrapToken,
  claim: BootstrapClaim,
});
export type PendingExchange = v.InferOutput<typeof PendingExchange>;

/** The credentials of this very machine; `null`: there are none that could be used. */
export function readKept(disk: DiskLayout, machineId: string): KeptCredentials | null {
  return readOwn(disk.credentialsFile, KeptCredentials, machineId);
}

/** The exchange of this machine that has no answer yet. */
export function readPending(disk: DiskLayout, machineId: string): PendingExchange | null {
  return readOwn(disk.exchangeFile, PendingExchange, machineId);
}

/** Bootstrap tokens that its provider put there for this machine. */
export function readBootstrapTokens(disk: DiskLayout, machineId: string): string[] {
  return disk.bootstrapFiles.flatMap((path) => readOwn(path, BootstrapFile, machineId)?.token ?? []);
}

/** Keeps credentials, and has pidnap take the commands that go with them. On the disk when it returns. */
export async function keep(disk: DiskLayout, kept: KeptCredentials): Promise<void> {
  await mkdir(dirname(disk.credentialsFile), { recursive: true });
  await writeFileDurably(disk.credentialsFile, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  await writeCommandKeys(disk, kept.commandKeys);
}

/** What pidnap checks commands with. */
export async function writeCommandKeys(disk: DiskLayout, keys: readonly string[]): Promise<void> {
  await mkdir(dirname(disk.pidnapKeysFile), { recursive: true });
  await writeFileDurably(disk.pidnapKeysFile, `${keys.join('\n')}\n`);
}

/** Notes an exchange before it is begun. */
export async function notePending(disk: DiskLayout, pending: PendingExchange): Promise<void> {
  await mkdir(dirname(disk.exchangeFile), { recursive: true });
  await writeFileDurably(disk.exchangeFile, `${JSON.stringify(pending)}\n`, { mode: 0o600 });
}

/** Removes what an exchange of this token needed. What cannot be removed is of no use to anybody any more. */
export function forgetExchange(
  disk: DiskLayout,
  { machineId, token }: { machineId: string; token: string },
): void {
  if (readPending(disk, machineId)?.token === token) removeFile(disk.exchangeFile);
  for (const path of disk.bootstrapFiles)
    if (readOwn(path, BootstrapFile, machineId)?.token === token) removeFile(path);
}

/** Removes credentials that are not this machine's: its disk was copied from another one. */
export function removeForeign(disk: DiskLayout, machineId: string): void {
  const files = [
    [disk.credentialsFile, KeptCredentials],
    [disk.exchangeFile, PendingExchange],
    [disk.bootstrapFiles[0], BootstrapFile],
  ] as const;
  for (const [path, schema] of files)
    if (path !== undefined && existsSync(path) && readOwn(path, schema, machineId) === null) removeFile(path);
}

function readOwn<Schema extends v.GenericSchema<unknown, { machineId: string }>>(
  path: string,
  schema: Schema,
  machineId: string,
): v.InferOutput<Schema> | null {
  try {
    const content = readJsonFile(path, schema);
    return content.machineId === machineId ? content : null;
  } catch (error) {
    // What cannot be read proves nothing: the machine has to be given something else.
    if ((error as { code?: unknown }).code !== 'ENOENT') console.error(String(error));
    return null;
  }
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    console.error(`${path} stays: ${String(error)}`);
  }
}
