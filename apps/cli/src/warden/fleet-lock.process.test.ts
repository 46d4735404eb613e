import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { waitUntil } from '../../test/wait-until.ts';
import { fleetFolder } from '../connection/fleet-state.ts';
import { readHolder, takeFleetLock } from './fleet-lock.ts';
import { takeFolder } from './take-folder.ts';

const never = new AbortController().signal;

async function holdElsewhere(state: string) {
  const script = path.resolve(import.meta.dirname, '../../test/fixtures/hold-lock.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  expect(String(line)).toContain('held');
  return child;
}

test('a state folder has one holder, and a second one hears who that is', async () => {
  const folder = fleetFolder(temporaryFolder());
  const child = await holdElsewhere(folder.root);
  expect(takeFleetLock(folder)).toBeNull();
  expect(await readHolder(folder)).toEqual({ pid: child.pid, url: 'http://127.0.0.1:1', phase: 'running' });
  await expect(takeFolder(folder, never)).rejects.toThrow(
    `this fleet runs already (pid ${child.pid}, http://127.0.0.1:1)`,
  );
});

test('a holder that is killed holds nothing any more, and whoever waits gets it', async () => {
  const folder = fleetFolder(temporaryFolder());
  const child = await holdElsewhere(folder.root);
  const waiting = takeFolder(folder, never);
  child.kill('SIGKILL');
  using lock = await waiting;
  expect(lock).not.toBeNull();
});

test('a lock that was given back can be taken again', async () => {
  const folder = fleetFolder(temporaryFolder());
  const first = takeFleetLock(folder);
  first?.[Symbol.dispose]();
  using second = await waitUntil('the lock', () => takeFleetLock(folder));
  expect(second).not.toBeNull();
});
