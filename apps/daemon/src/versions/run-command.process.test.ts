import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diskLayout } from '../disk/layout.ts';
import { commandEnv, runCommand } from './run-command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-run-command-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test.each([
  ['ends', 'true'],
  ['hangs as well', 'exec sleep 600'],
])('what leaves a process behind and %s is waited for no longer than it may take', async (_, rest) => {
  const run = runCommand({
    step: 'install',
    program: '/bin/sh',
    args: ['-c', `sleep 600 & echo $! > left; ${rest}`],
    cwd: folder,
    env: commandEnv(diskLayout(folder)),
    timeoutMs: 500,
  });
  await expect(run).rejects.toMatchObject({ step: 'install', code: 'DEADLINE_EXCEEDED' });
  const left = Number(await readFile(join(folder, 'left'), 'utf8'));
  // It is still there: nobody waited for its end.
  expect(process.kill(left, 'SIGKILL')).toBe(true);
});
