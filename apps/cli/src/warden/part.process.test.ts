import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { waitUntil } from '../../test/wait-until.ts';
import { readProcess, signalProcess } from '../processes/process-table.ts';
import { openBoundedLog } from './bounded-log.ts';
import {
  PartFailedToStart,
  startPart,
  startPartAside,
  type PartDefinition,
  type ProbeResult,
} from './part.ts';

const SCRIPT = path.resolve(import.meta.dirname, '../../test/fixtures/part.mjs');

function definition(behaviour: string, overrides: Partial<PartDefinition> = {}) {
  const folder = temporaryFolder();
  const file = path.join(folder, 'pids');
  const troubles: string[] = [];
  const part: PartDefinition = {
    name: 'the part',
    command: [process.execPath, SCRIPT, file, behaviour],
    cwd: folder,
    env: { PATH: process.env.PATH },
    log: openBoundedLog(path.join(folder, 'part.log')),
    async ready({ lines, signal }) {
      for await (const line of lines) if (line === 'ready') return;
      signal.throwIfAborted();
      throw new Error('ended');
    },
    probe: async () => 'ok',
    stopBy: 'stdin',
    stopGraceMs: 10_000,
    owns: ({ environment }) => environment.includes('MARK=ours'),
    onSpawn: async () => undefined,
    onTrouble: (message) => void troubles.push(message),
    ...overrides,
  };
  const pids = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);
  onTestFinished(() => {
    for (const pid of pids()) signalProcess(pid, 'SIGKILL');
  });
  return { part, troubles, pids, file };
}

test('a program that is not there is an error of the start, and of nothing else', async () => {
  const { part } = definition('serve', { command: [path.join(temporaryFolder(), 'no-such-program')] });
  await expect(startPart(part)).rejects.toThrow('ENOENT');
});

const isGone = async (pid: number) => (await readProcess(pid)) === null;

test('a part that dies is started again, and its end is told', async () => {
  const { part, troubles, pids } = definition('serve');
  const running = await startPart(part);
  signalProcess(pids()[0]!, 'SIGKILL');
  await waitUntil('a second start', () => troubles.includes('the part answers again'));
  expect(troubles[0]).toBe('the part ended (SIGKILL); starting it again');
  expect(pids()).toHaveLength(2);
  expect(await running.stop()).toBe(true);
  expect(await isGone(pids()[1]!)).toBe(true);
});

test('a part that answers with errors is ended and started again', async () => {
  const answers: ProbeResult[] = ['ok', 'slow', 'ok', 'broken', 'broken'];
  const { part, troubles, pids } = definition('deaf', {
    probe: async () => answers.shift() ?? 'ok',
    stopGraceMs: 100,
  });
  const running = await startPart(part);
  await waitUntil('a second start', () => troubles.includes('the part answers again'));
  expect(troubles[0]).toBe('the part answers with errors; starting it again');
  expect(await isGone(pids()[0]!)).toBe(true);
  await running.stop();
});

test('a part that was stopped is not started again', async () => {
  const { part, troubles, pids } = definition('serve');
  const running = await startPart(part);
  expect(await running.stop()).toBe(true);
  expect(troubles).toEqual([]);
  expect(pids()).toHaveLength(1);
});

test('a part that does not end when it is asked to is killed, and that is told', async () => {
  const { part, pids } = definition('deaf', { stopBy: 'SIGTERM', stopGraceMs: 200 });
  const running = await startPart(part);
  expect(await running.stop()).toBe(false);
  expect(await isGone(pids()[0]!)).toBe(true);
});

test('a first start that fails gives exit code and last words, and is not repeated', async () => {
  const { part, pids } = definition('broken');
  const failure = await startPart(part).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PartFailedToStart);
  expect(failure).toMatchObject({ exitCode: 7, lastLines: ['EADDRINUSE: these are my last words'] });
  expect(pids()).toHaveLength(1);
});

test('what belongs to a part ends with it; what merely is below it, such as a machine, does not', async () => {
  const { part, file } = definition('family', { stopGraceMs: 300 });
  const running = await startPart(part);
  const pidOf = (kind: string) => Number(readFileSync(`${file}.${kind}`, 'utf8'));
  const [ours, other] = [pidOf('ours'), pidOf('other')];
  onTestFinished(() => signalProcess(other, 'SIGKILL'));
  await waitUntil('both children', async () => !(await isGone(ours)) && !(await isGone(other)));
  signalProcess((await readProcess(ours))!.parent, 'SIGSTOP');
  await running.stop();
  expect(await isGone(ours)).toBe(true);
  expect(await isGone(other)).toBe(false);
});

test('a part aside is waited for by nobody; its first start that fails is told, with the reason, and repeated', async () => {
  const { part, troubles, pids } = definition('broken', { withoutIt: 'nothing is kept' });
  const running = startPartAside(part);
  expect(await running.firstStart).toBe(false);
  expect(troubles[0]).toBe(
    'the part did not start (exit code 7): EADDRINUSE: these are my last words; nothing is kept',
  );
  await waitUntil('a second try', () => pids().length > 1);
  await running.stop();
});

test('a part aside that can never start is not tried again', async () => {
  const hopeless = definition('broken', { isHopeless: ({ exitCode }) => exitCode === 7 });
  const hopeful = definition('broken', { isHopeless: ({ exitCode }) => exitCode === 8 });
  const running = [startPartAside(hopeless.part), startPartAside(hopeful.part)];
  expect(await running[0]!.firstStart).toBe(false);
  await waitUntil('a third try of the other', () => hopeful.pids().length > 2);
  expect(hopeless.pids()).toHaveLength(1);
  expect(hopeless.troubles).toHaveLength(1);
  await Promise.all(running.map((one) => one.stop()));
});

test('a part aside that died is started again, like any other', async () => {
  const { part, troubles, pids } = definition('serve');
  const running = startPartAside(part);
  expect(await running.firstStart).toBe(true);
  signalProcess(pids()[0]!, 'SIGKILL');
  await waitUntil('a second start', () => troubles.includes('the part answers again'));
  expect(await running.stop()).toBe(true);
});

test('a stop does not wait for a part that says nothing at its start, and that is no trouble', async () => {
  const { part, troubles, pids, file } = definition('slow');
  const running = startPartAside(part);
  await waitUntil('the process', () => existsSync(file));
  expect(await running.stop()).toBe(false);
  expect(await running.firstStart).toBe(false);
  expect(troubles).toEqual([]);
  expect(await isGone(pids()[0]!)).toBe(true);
});
