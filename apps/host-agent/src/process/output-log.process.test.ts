import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lastLines, rotateOutput, tailLines } from './output-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-output-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('gives the last lines of a text', () => {
  expect(lastLines('a\nb\nc\n', 2)).toEqual(['b', 'c']);
  expect(lastLines('a\nb', 5)).toEqual(['a', 'b']);
  expect(lastLines('a', 0)).toEqual([]);
  expect(lastLines('', 3)).toEqual([]);
});

it('has no lines of a machine that never wrote any', async () => {
  expect(await tailLines(join(folder, 'output.log'), 10)).toEqual([]);
  await rotateOutput(join(folder, 'output.log'));
});

it('leaves a small output where it is and moves a large one aside', async () => {
  const path = join(folder, 'output.log');
  await writeFile(path, 'small\n');
  await rotateOutput(path);
  expect(await readFile(path, 'utf8')).toBe('small\n');

  await writeFile(path, `${'x'.repeat(99)}\n`.repeat(90_000));
  await rotateOutput(path);
  expect((await stat(path)).size).toBe(0);
  expect((await stat(`${path}.1`)).size).toBe(9_000_000);
});
