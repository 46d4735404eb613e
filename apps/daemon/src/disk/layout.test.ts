import { expect, test } from 'vitest';
import { currentCheckout, diskLayout, gitCache } from './layout.ts';

test('everything is below the root', () => {
  const disk = diskLayout('/machine');
  expect(disk.machineFile).toBe('/machine/fettle/machine.json');
  expect(disk.pidnapSocket).toBe('/machine/pidnap/pidnap.sock');
  expect(currentCheckout(disk, 'customer')).toBe('/machine/versions/current/customer');
  expect(gitCache(disk, 'platform')).toBe('/machine/versions/git/platform.git');
});

test('a socket whose path the kernel would not take gets a short name, the same at every call', () => {
  const deep = `/home/${'a-long-name/'.repeat(12)}disk`;
  const { pidnapSocket } = diskLayout(deep);
  expect(Buffer.byteLength(pidnapSocket)).toBeLessThanOrEqual(103);
  expect(diskLayout(deep).pidnapSocket).toBe(pidnapSocket);
  expect(diskLayout(`${deep}2`).pidnapSocket).not.toBe(pidnapSocket);
});
