import { open, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import { parseJsonText } from '../disk/machine-files.ts';
import { commandEnv, runCommand } from '../versions/run-command.ts';
import { VersionChangeError } from '../versions/version-change-error.ts';
import { cacheEnv, installArgs, toolOf } from './manager-command.ts';
import { Manifest } from './manifest.ts';
import { LOCKFILES, planInstall, type LockfileName, type Manager } from './plan-install.ts';
import { exists, npmProgram } from './npm-program.ts';
import { provideTool } from './provide-tool.ts';

const INSTALL_TIMEOUT_MS = 300_000;
/** Enough of a lockfile to tell its format. */
const HEAD_BYTES = 1000;

/**
 * Installs a checkout's dependencies exactly as its lockfile says, with the package manager that the repository uses or
 * the command that it names. Caches and tools are on the machine's disk: they work for a user without a home, and what
 * was installed once installs again while the registry is away. Scripts of dependencies run as the manager sees fit.
 */
export async function installDependencies(disk: DiskLayout, checkout: string): Promise<void> {
  const plan = planInstall(await readManifest(checkout), await readLockfiles(checkout));
  if (plan.kind === 'nothing') return;
  const env = { ...commandEnv(disk), ...cacheEnv(disk), ...(await yarnEnv(checkout)) };
  const run = (program: string, args: string[]) =>
    runCommand({ step: 'install', program, args, cwd: checkout, env, timeoutMs: INSTALL_TIMEOUT_MS });
  if (plan.kind === 'manager') {
    await run(await programOf(disk, plan.manager), installArgs(plan.manager, disk));
    return;
  }
  const [program = '', ...args] = plan.command;
  // npm is on the path already.
  const tool = plan.manager && toolOf(plan.manager, process);
  if (tool !== null) env['PATH'] = `${dirname(await provideTool(disk, tool))}${delimiter}${env['PATH']}`;
  await run(program, args);
}

async function programOf(disk: DiskLayout, manager: Manager): Promise<string> {
  const tool = toolOf(manager, process);
  return tool === null ? npmProgram() : provideTool(disk, tool);
}

/** A repository with a cache of its own in it is installed from that, every other one from the machine's. */
async function yarnEnv(checkout: string): Promise<Record<string, string>> {
  const ownCache = await exists(join(checkout, '.yarn', 'cache'));
  return ownCache ? {} : { YARN_ENABLE_GLOBAL_CACHE: 'true' };
}

async function readManifest(checkout: string): Promise<Manifest | null> {
  const path = join(checkout, 'package.json');
  if (!(await exists(path))) return null;
  try {
    return parseJsonText({ text: await readFile(path, 'utf8'), from: 'package.json', schema: Manifest });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new VersionChangeError({ step: 'install', code: 'VERSION_UNUSABLE', message }, { cause: error });
  }
}

async function readLockfiles(checkout: string): Promise<Map<LockfileName, string>> {
  const found = new Map<LockfileName, string>();
  for (const name of Object.keys(LOCKFILES) as LockfileName[]) {
    const path = join(checkout, name);
    if (!(await exists(path))) continue;
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    found.set(name, buffer.toString('utf8', 0, bytesRead));
  }
  return found;
}
