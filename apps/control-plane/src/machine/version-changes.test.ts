import type { PidnapClient } from '@fettle/pidnap/client';
import type { ProcessView } from '@fettle/pidnap/contract';
import { expect, test } from 'vitest';
import { readChanges } from './version-changes.ts';

const machineId = 'demo.web-1.1';
const failure = JSON.stringify({
  ok: false,
  step: 'install',
  code: 'COMMAND_FAILED',
  message: 'npm refused',
});

function task(name: string, state: ProcessView['state']): ProcessView {
  return { name, state, message: `${name} says ${state}` } as ProcessView;
}

function read(processes: ProcessView[], logs: (name: string) => Promise<string[]> = async () => []) {
  const asked: string[] = [];
  const pidnap = {
    logs: async ({ name }: { name: string }) => {
      asked.push(name);
      return { lines: (await logs(name)).map((text) => ({ text })), more: false };
    },
  } as unknown as PidnapClient;
  return readChanges({ machineId, processes, pidnap, timeoutMs: 100 }).then((changes) => ({
    changes,
    asked,
  }));
}

test('only version changes are told, each by its action', async () => {
  const { changes } = await read([
    task('web', 'running'),
    task('apply-7', 'running'),
    task('apply-3', 'completed'),
  ]);
  expect(changes.map(({ actionId, status }) => [actionId, status])).toEqual([
    [`${machineId}/7`, 'running'],
    [`${machineId}/3`, 'done'],
  ]);
});

test('a change that failed says why in its own words', async () => {
  const { changes } = await read([task('apply-7', 'failed')], async () => [
    'fetching',
    failure,
    'exited with code 15',
  ]);
  expect(changes).toEqual([
    { actionId: `${machineId}/7`, status: 'failed', message: 'install: npm refused' },
  ]);
});

test('nobody is asked about changes that are done, or about older ones', async () => {
  const { asked } = await read([task('apply-3', 'failed'), task('apply-7', 'completed')], async () => [
    failure,
  ]);
  expect(asked).toEqual([]);
});

test.each([
  ['it was killed before it could say anything', async () => ['fetching']],
  ['its log cannot be read', () => Promise.reject(new Error('no answer'))],
])('when %s, what pidnap knows has to do', async (_, logs) => {
  const { changes } = await read([task('apply-7', 'failed')], logs);
  expect(changes[0]).toMatchObject({ status: 'failed', message: 'apply-7 says failed' });
});

test('a full disk is told also when there was no room for the words of the change', async () => {
  const full = { ...task('apply-7', 'failed'), exitCode: 19 };
  const { changes } = await read([full]);
  expect(changes[0]).toMatchObject({ status: 'failed', message: 'the disk of the machine is full' });
});
