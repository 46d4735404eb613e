import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecCommand, ExecResult, InsideEvidence } from '@fettle/contract';
import { checkoutCommand } from '@fettle/core';
import { afterEach, expect, test } from 'vitest';
import { FakeProvider } from '../providers/fake-provider.ts';
import type { MachineProvider } from '../providers/machine-provider.ts';
import { collectInside } from './collect-inside.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

const TOLD: InsideEvidence = {
  collectedAt: 1_700_000_000_000,
  processes: [],
  memoryKills: null,
  disk: null,
  repositories: [],
  work: [],
  stored: [],
  missing: [],
};

/** A disk of a machine that has booted; its runtime is a script. */
function diskWith(runtime: string | null): string {
  const disk = mkdtempSync(path.join(tmpdir(), 'fettle-collect-'));
  cleanUps.push(() => rmSync(disk, { recursive: true, force: true }));
  if (runtime === null) return disk;
  const file = path.join(disk, 'runtime.cjs');
  writeFileSync(file, runtime);
  mkdirSync(path.join(disk, 'pidnap'));
  const command = checkoutCommand({ node: process.execPath, runtime: file, root: disk });
  const config = { processes: { checkout: { command } } };
  writeFileSync(path.join(disk, 'pidnap', 'pidnap.config.json'), JSON.stringify(config));
  return disk;
}

/** A provider whose commands run on this disk, as real processes. */
function runningOn(disk: string): MachineProvider {
  const exec = async (_machineId: string, { command }: ExecCommand): Promise<ExecResult> => {
    const [, ...args] = command;
    const child = spawn(process.execPath, args, { cwd: disk });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (said.stderr += String(chunk)));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode, ...said, timedOut: false };
  };
  return Object.assign(new FakeProvider(), { exec });
}

const collect = (disk: string) =>
  collectInside({ provider: runningOn(disk), machineId: 'demo.web-1.1', id: '17', timeoutMs: 20_000 });

test('the runtime of the machine collects on its own disk, under the number of the bundle, with a deadline', async () => {
  const disk = diskWith(`
    const args = process.argv.slice(2).join(' ');
    const expected = ${JSON.stringify('evidence collect --root ')} + process.cwd() + ' --id 17 --deadline 14000';
    console.log('a line of something else');
    if (args === expected) console.log(${JSON.stringify(JSON.stringify(TOLD))});
    else console.error(args);
  `);
  expect(await collect(disk)).toEqual(TOLD);
});

test('a runtime that fails says why', async () => {
  const disk = diskWith(`console.error('the disk is broken'); process.exit(4);`);
  await expect(collect(disk)).rejects.toMatchObject({
    code: 'PROVIDER_FAILED',
    message: expect.stringMatching(/exit code 4: the disk is broken/),
  });
});

test('a machine that never booted has nothing to collect with', async () => {
  await expect(collect(diskWith(null))).rejects.toMatchObject({
    code: 'PROVIDER_FAILED',
    message: expect.stringContaining('pidnap.config.json'),
  });
});

test('a command that does not end is waited for no longer than it may take', async () => {
  const provider = Object.assign(new FakeProvider(), { exec: () => new Promise<never>(() => {}) });
  const waiting = collectInside({ provider, machineId: 'demo.web-1.1', id: '17', timeoutMs: 20 });
  await expect(waiting).rejects.toThrow('no answer within 20 ms');
});
