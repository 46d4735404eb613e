import { DISK_FULL_EXIT_CODE, VersionChangeStep } from '@fettle/contract';
import { expect, test } from 'vitest';
import { EXIT_CODES, VersionChangeError, inStep } from './version-change-error.ts';

test('each step has an exit code of its own, none of them that of success or of a crash', () => {
  const codes = VersionChangeStep.options.map((step) => EXIT_CODES[step]);
  expect(new Set([...codes, DISK_FULL_EXIT_CODE, 0, 1]).size).toBe(codes.length + 3);
});

test('a full disk has its own exit code: there may be no room for any words', () => {
  const error = new VersionChangeError({ step: 'fetch', code: 'DISK_FULL', message: 'no room' });
  expect(error.exitCode).toBe(DISK_FULL_EXIT_CODE);
  const other = new VersionChangeError({ step: 'fetch', code: 'NOT_FOUND', message: 'no such ref' });
  expect(other.exitCode).toBe(EXIT_CODES.fetch);
});

test('a full disk is told as one, whichever call finds it', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  await expect(inStep('switch', () => Promise.reject(full))).rejects.toMatchObject({
    step: 'switch',
    code: 'DISK_FULL',
    cause: full,
  });
});

test('an error that names its step keeps it', async () => {
  const error = new VersionChangeError({ step: 'resolve', code: 'NOT_FOUND', message: 'no such ref' });
  await expect(inStep('fetch', () => Promise.reject(error))).rejects.toBe(error);
});

test('of a long message the end is told: there the tools say what went wrong', () => {
  const error = new VersionChangeError({
    step: 'install',
    code: 'COMMAND_FAILED',
    message: `${'x'.repeat(5000)} the end`,
  });
  const result = error.toResult();
  expect(result.message.endsWith(' the end')).toBe(true);
  expect(result.message.length).toBe(2000);
});
