import { afterEach, describe, expect, it } from 'vitest';
import type { PidnapEvent } from '../src/contract.ts';
import { sleeper, task } from './definitions.ts';
import { eventually, linesIn, scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

const SLEEP = sleeper();
const appends = (file: string, exitCode = 0) => task(`echo ran >> ${file}; exit ${exitCode}`);

describe('an action id', () => {
  it('does nothing twice: the second answer is the first one', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    await pidnap.client.wait({ name: 'web', until: 'running' });
    const first = await pidnap.client.restart({ name: 'web', actionId: 'm1/g1/i1/s1' });
    await pidnap.client.wait({ name: 'web', until: 'running', minRun: 2 });
    expect(await pidnap.client.restart({ name: 'web', actionId: 'm1/g1/i1/s1' })).toEqual(first);
    await pidnap.client.restart({ name: 'web', actionId: 'm1/g1/i1/s2' });
    const { process: third } = await pidnap.client.wait({ name: 'web', until: 'running', minRun: 3 });
    expect(third.runs).toBe(3);
  });

  it('is remembered over a restart of pidnap', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    await pidnap.client.wait({ name: 'web', until: 'running' });
    const first = await pidnap.client.stop({ name: 'web', actionId: 'a1' });
    const refused = await pidnap.client
      .stop({ name: 'nobody', actionId: 'a2' })
      .catch((error: unknown) => error);
    pidnap.child.kill('SIGKILL');
    await pidnap.exited();
    await pidnap.startAgain();
    await pidnap.client.start({ name: 'web' });
    const { process: up } = await pidnap.client.wait({ name: 'web', until: 'running', minRun: 2 });
    expect(await pidnap.client.stop({ name: 'web', actionId: 'a1' })).toEqual(first);
    expect(await pidnap.client.get({ name: 'web' })).toMatchObject({ state: 'running', pid: up.pid });
    await expect(pidnap.client.stop({ name: 'nobody', actionId: 'a2' })).rejects.toMatchObject({
      code: (refused as { code: string }).code,
    });
  });

  it('of another command or input is refused', async () => {
    pidnap = await startTestPidnap({ web: SLEEP, other: SLEEP });
    await pidnap.client.restart({ name: 'web', actionId: 'a1' });
    const again = [
      pidnap.client.stop({ name: 'web', actionId: 'a1' }),
      pidnap.client.restart({ name: 'other', actionId: 'a1' }),
    ];
    for (const call of again)
      await expect(call).rejects.toMatchObject({ code: 'ACTION_ID_REUSED', status: 409 });
  });

  it('sent many times at once is carried out once', async () => {
    const file = scratchPath('once');
    pidnap = await startTestPidnap({ task: { ...appends(file), autostart: false } });
    await Promise.all(
      Array.from({ length: 20 }, () => pidnap.client.start({ name: 'task', actionId: 'go' })),
    );
    await pidnap.client.wait({ name: 'task', until: 'completed' });
    await pidnap.client.start({ name: 'task', actionId: 'go' });
    expect(await pidnap.client.get({ name: 'task' })).toMatchObject({ state: 'completed', runs: 1 });
    expect(linesIn(file).length).toBe(1);
  });
});

describe('commands', () => {
  it('are refused while pidnap shuts down', async () => {
    pidnap = await startTestPidnap({
      web: {
        command: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.02; done'],
        cwd: '/tmp',
        stop: { graceMs: 3000 },
      },
    });
    await eventually(async () =>
      (await pidnap.client.logs({ name: 'web' })).lines.some(({ text }) => text === 'up'),
    );
    pidnap.child.kill('SIGTERM');
    await eventually(async () => (await pidnap.client.info()).shuttingDown);
    await expect(pidnap.client.restart({ name: 'web' })).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
      status: 503,
    });
  });

  it('that are repeated change nothing', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    const { process: up } = await pidnap.client.wait({ name: 'web', until: 'running' });
    expect(await pidnap.client.start({ name: 'web' })).toMatchObject({
      state: 'running',
      pid: up.pid,
      runs: 1,
    });
    await pidnap.client.stop({ name: 'web' });
    const { process: down } = await pidnap.client.wait({ name: 'web', until: 'stopped' });
    expect(await pidnap.client.stop({ name: 'web' })).toEqual(down);
  });

  it('wait answers at its deadline when the condition does not come', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    const { reached, process: view } = await pidnap.client.wait({
      name: 'web',
      until: 'failed',
      timeoutMs: 100,
    });
    expect([reached, view.name]).toEqual([false, 'web']);
  });
});

describe('events', () => {
  it('begin with a snapshot and go on with every change, numbered and with durations', async () => {
    pidnap = await startTestPidnap({ web: SLEEP, other: SLEEP });
    await Promise.all(['web', 'other'].map((name) => pidnap.client.wait({ name, until: 'running' })));
    const events: PidnapEvent[] = [];
    for await (const event of await pidnap.client.events({ name: 'web' })) {
      if (events.length === 0) {
        void pidnap.client.restart({ name: 'other' }).then(() => pidnap.client.stop({ name: 'web' }));
      }
      events.push(event);
      if (event.type === 'state' && event.to === 'stopped') break;
    }
    const [snapshot, ...changes] = events;
    expect(snapshot).toMatchObject({ type: 'snapshot', processes: [{ name: 'web', state: 'running' }] });
    expect(changes.map((event) => event.type === 'state' && [event.name, event.from, event.to])).toEqual([
      ['web', 'running', 'stopping'],
      ['web', 'stopping', 'stopped'],
    ]);
    const numbers = events.map(({ seq }) => seq);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(changes.every((event) => event.type === 'state' && event.durationMs >= 0)).toBe(true);
  });
});
