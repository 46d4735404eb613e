import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably } from '../disk/durable-write.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { commandEnv, runCommand } from '../versions/run-command.ts';
import { cacheEnv, type Tool } from './manager-command.ts';
import { exists, npmProgram } from './npm-program.ts';

const TOOL_TIMEOUT_MS = 120_000;

/** A new tool for every few years, and what two repositories need at once; each takes up to 100 MB. */
const TOOLS_KEPT = 4;

/**
 * Path of a package manager's program, installed with npm the first time. What is there needs no registry. It is made
 * beside and renamed: half a tool is never taken for one. Scripts of the tool's packages are not run.
 */
export async function provideTool(disk: DiskLayout, tool: Tool): Promise<string> {
  const folder = join(disk.tools, `${tool.name}-${tool.version}`);
  const program = join(folder, 'node_modules', tool.program);
  if (!(await exists(program))) await installTool(disk, { tool, folder });
  const now = new Date();
  await utimes(folder, now, now);
  await removeOldTools(disk);
  return program;
}

async function installTool(
  disk: DiskLayout,
  { tool, folder }: { tool: Tool; folder: string },
): Promise<void> {
  const beside = `${folder}.${process.pid}.partial`;
  await rm(folder, { recursive: true, force: true });
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside);
  console.error(`Installing ${tool.name} ${tool.version} as a tool of this machine`);
  await runCommand({
    step: 'install',
    program: await npmProgram(),
    args: [
      'install',
      `--prefix=${beside}`,
      '--no-save',
      '--ignore-scripts',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--no-update-notifier',
      `${tool.package}@${tool.version}`,
    ],
    cwd: beside,
    env: { ...commandEnv(disk), ...cacheEnv(disk) },
    timeoutMs: TOOL_TIMEOUT_MS,
  });
  await renameDurably(beside, folder);
}

/** Removes all but the tools that were used last. */
async function removeOldTools(disk: DiskLayout): Promise<void> {
  const folders = await Promise.all(
    (await readdir(disk.tools)).map(async (name) => {
      const path = join(disk.tools, name);
      return { path, usedAt: (await stat(path)).mtimeMs };
    }),
  );
  const old = folders.toSorted((a, b) => b.usedAt - a.usedAt).slice(TOOLS_KEPT);
  for (const { path } of old) await rm(path, { recursive: true, force: true });
}
