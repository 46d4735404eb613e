import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diskLayout, type DiskLayout } from './layout.ts';
import { readCredentials } from './machine-files.ts';

const SECRET = 'the-machine-token';

let disk: DiskLayout;

beforeEach(async () => {
  disk = diskLayout(await mkdtemp(join(tmpdir(), 'fettle-files-')));
  await mkdir(join(disk.root, 'fettle'));
});

afterEach(async () => {
  await rm(disk.root, { recursive: true });
});

/** What reading the credentials says when the file holds this. */
async function complaint(content: string): Promise<string> {
  await writeFile(disk.credentialsFile, content);
  try {
    readCredentials(disk);
    return 'nothing';
  } catch (error) {
    return String((error as Error).stack);
  }
}

test('credentials that are whole are read', async () => {
  expect(await complaint(JSON.stringify({ machineToken: SECRET, commandToken: 'c'.repeat(16) }))).toBe(
    'nothing',
  );
});

test.each([
  ['cut off', `{"machineToken": "${SECRET}", "comm`, 'is not JSON'],
  [
    'of another shape',
    `{"machineToken": "${SECRET}", "commandToken": "${SECRET.slice(0, 8)}"}`,
    'commandToken: expected',
  ],
])('a file that is %s is refused by name and without its content', async (_, content, expected) => {
  const text = await complaint(content);
  expect(text).toContain(disk.credentialsFile);
  expect(text).toContain(expected);
  expect(text).not.toContain(SECRET.slice(0, 8));
});
