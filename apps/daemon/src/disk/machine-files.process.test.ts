import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { machineSpec } from '../../test/machine-spec.ts';
import { diskLayout, type DiskLayout } from './layout.ts';
import { readMachineSpec } from './machine-files.ts';

const VALUE = 'a-value-of-the-file';

let disk: DiskLayout;

beforeEach(async () => {
  disk = diskLayout(await mkdtemp(join(tmpdir(), 'fettle-files-')));
  await mkdir(join(disk.root, 'fettle'));
});

afterEach(async () => {
  await rm(disk.root, { recursive: true });
});

test('a spec that is whole is read', async () => {
  await writeFile(disk.machineFile, JSON.stringify(machineSpec()));
  expect(readMachineSpec(disk)).toEqual(machineSpec());
});

test.each([
  ['cut off', `{"image": "${VALUE}", "iden`, 'is not JSON'],
  ['of another shape', JSON.stringify({ ...machineSpec(), controlUrl: VALUE }), 'controlUrl: expected'],
])('a file that is %s is refused by name and without its content', async (_, content, expected) => {
  await writeFile(disk.machineFile, content);
  const read = () => readMachineSpec(disk);
  expect(read).toThrow(disk.machineFile);
  expect(read).toThrow(expected);
  expect(read).not.toThrow(VALUE);
});
