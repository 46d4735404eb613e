import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { waitUntil } from '../../test/wait-until.ts';
import { fleetFolder } from '../connection/fleet-state.ts';
import { lives, referTo, type ProcessRef } from '../processes/end-processes.ts';
import { endLeftovers, FLEET_MARK, openRunLog } from './run-record.ts';

async function idle(
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; reference: ProcessRef }> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => undefined, 1000)'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  return { child, reference: await waitUntil('the process', () => referTo(child.pid!)) };
}

test('what a killed predecessor has started is ended: the recorded, and what carries its mark', async () => {
  const folder = fleetFolder(temporaryFolder());
  const recorded = await idle();
  const marked = await idle({ [FLEET_MARK]: folder.root });
  const stranger = await idle({ [FLEET_MARK]: `${folder.root}-other` });
  await openRunLog(folder).set('host-agent', recorded.reference);

  const found = await endLeftovers(folder);
  expect(found).toContain(`host-agent (pid ${recorded.reference.pid})`);
  expect(await lives(recorded.reference)).toBe(false);
  expect(await lives(stranger.reference)).toBe(true);
  expect(existsSync(folder.runFile)).toBe(false);
  // Only Linux shows environments to everybody who may read them.
  if (process.platform === 'linux') expect(await lives(marked.reference)).toBe(false);
});

test('a pid that has gone to another process since is left alone', async () => {
  const folder = fleetFolder(temporaryFolder());
  const { reference } = await idle();
  await openRunLog(folder).set('control-plane', { ...reference, startMark: 'of another time' });
  expect(await endLeftovers(folder)).toEqual([]);
  expect(await lives(reference)).toBe(true);
});

test('a stopped process is ended as well', async () => {
  const folder = fleetFolder(temporaryFolder());
  const { child, reference } = await idle();
  await openRunLog(folder).set('control-plane', reference);
  child.kill('SIGSTOP');
  await endLeftovers(folder);
  expect(await lives(reference)).toBe(false);
});

test('parts that start side by side are all recorded', async () => {
  const folder = fleetFolder(temporaryFolder());
  const parts = await Promise.all(
    (['host-agent', 'analytics-engine'] as const).map(async (part) => ({ part, ...(await idle()) })),
  );
  const log = openRunLog(folder);
  await Promise.all(parts.map(({ part, reference }) => log.set(part, reference)));
  const found = await endLeftovers(folder);
  expect(found).toEqual(parts.map(({ part, reference }) => `${part} (pid ${reference.pid})`));
});
