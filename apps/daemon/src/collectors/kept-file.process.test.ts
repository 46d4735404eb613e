import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCollectors } from './collectors.ts';
import { keepFile } from './kept-file.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-kept-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('a file is read anew each time, from its beginning', () => {
  const path = join(folder, 'a');
  writeFileSync(path, 'one');
  const file = keepFile(path);
  expect(file?.read()).toBe('one');
  appendFileSync(path, ' two');
  expect(file?.read()).toBe('one two');
  file?.close();
  expect(file?.read()).toBe('one two');
});

test('there is nothing to keep of a file that is not there', () => {
  expect(keepFile(join(folder, 'missing'))).toBeNull();
});

test.runIf(process.platform === 'linux')('a file of the kernel that went away is told as such', async () => {
  const child = spawn('sleep', ['60']);
  const file = keepFile(`/proc/${child.pid}/stat`);
  expect(file?.read()).toContain('sleep');
  child.kill();
  await once(child, 'exit');
  expect(file?.read()).toBeNull();
  expect(file?.read()).toBeNull();
});

test('collectors look at whatever system this is, and at a disk that is not there', () => {
  const collectors = createCollectors({ root: join(folder, 'missing') });
  const reading = collectors.sample();
  expect(reading.disk).toBeNull();
  if (process.platform === 'linux') {
    expect(reading.memory?.totalBytes).toBeGreaterThan(0);
    expect(reading.cpu?.limit).toBeGreaterThan(0);
    expect(reading.network).not.toBeNull();
  }
  collectors.close();
  // They open everything again when they are asked once more.
  expect(collectors.sample().memory === null).toBe(reading.memory === null);
});
