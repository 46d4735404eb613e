import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import { commandEnv, runCommand } from './run-command.ts';
import { VersionChangeError } from './version-change-error.ts';

const PARSE_TIMEOUT_MS = 20_000;

/** Last look before a checkout may become current: the files that processes start with are there and parse. */
export async function verifyEntries({
  disk,
  folder,
  entries,
}: {
  disk: DiskLayout;
  folder: string;
  entries: readonly string[];
}): Promise<void> {
  for (const entry of entries) await verifyEntry({ disk, folder, entry });
}

async function verifyEntry({
  disk,
  folder,
  entry,
}: {
  disk: DiskLayout;
  folder: string;
  entry: string;
}): Promise<void> {
  const found = await stat(join(folder, entry)).catch(() => null);
  if (!found?.isFile()) throw unusable(`There is no file ${entry} to start`);
  try {
    await runCommand({
      step: 'verify',
      program: process.execPath,
      args: ['--check', entry],
      cwd: folder,
      env: commandEnv(disk),
      timeoutMs: PARSE_TIMEOUT_MS,
    });
  } catch (error) {
    if (!(error instanceof VersionChangeError) || error.code !== 'COMMAND_FAILED') throw error;
    throw unusable(`${entry} does not parse: ${error.message}`, { cause: error });
  }
}

function unusable(message: string, options?: ErrorOptions): VersionChangeError {
  return new VersionChangeError({ step: 'verify', code: 'VERSION_UNUSABLE', message }, options);
}
