import type { ExecResult } from '@fettle/contract';
import { expect, test } from 'vitest';
import { ProviderError, type MachineProvider } from '../providers/machine-provider.ts';
import { readVersions } from './read-versions.ts';

const platform = 'a'.repeat(40);
const customer = 'b'.repeat(40);
const file = JSON.stringify({ image: 'sha256:old', platform, customer });

function reading(exec: () => Promise<Partial<ExecResult>>) {
  const answer = async () => ({ exitCode: 0, stdout: '', stderr: '', timedOut: false, ...(await exec()) });
  const provider = { exec: answer } as unknown as MachineProvider;
  return readVersions({ provider, machineId: 'demo.web-1.1', timeoutMs: 1000 }, 'sha256:now');
}

test('the versions are those of the disk, the image is the one that runs', async () => {
  expect(await reading(async () => ({ stdout: file }))).toEqual({ image: 'sha256:now', platform, customer });
});

test.each([
  ['there is no checkout yet', async () => ({ exitCode: 1, stdout: '' })],
  ['the file is cut off', async () => ({ stdout: file.slice(0, 40) })],
  ['the file names no commits', async () => ({ stdout: '{"platform":"main"}' })],
  ['the host is out of reach', () => Promise.reject(new ProviderError('HOST_UNREACHABLE', 'no way'))],
])('nothing is known when %s', async (_, exec) => {
  expect(await reading(exec)).toBeNull();
});
