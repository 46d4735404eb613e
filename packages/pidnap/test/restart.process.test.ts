import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import {
  eventually,
  freePort,
  isAlive,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

const FAST = { backoff: { initialMs: 20, maxMs: 40 } };
const sleeper = (more: Partial<ProcessDefinitionInput> = {}): ProcessDefinitionInput => ({
  command: ['sleep', '1000'],
  cwd: '/tmp',
  ...FAST,
  ...more,
});

describe('a service', () => {
  it('that is killed runs again by itself, as another process', async () => {
    pidnap = await startTestPidnap({ web: sleeper() });
    const { process: first } = await pidnap.client.wait({ name: 'web', until: 'running' });
    process.kill(first.pid ?? 0, 'SIGKILL');
    const { reached, process: second } = await pidnap.client.wait({
      name: 'web',
      until: 'running',
      minRun: 2,
    });
    expect(reached).toBe(true);
    expect(second).toMatchObject({ runs: 2, restarts: 1, signal: 'SIGKILL', exitCode: null });
    expect(second.pid).not.toBe(first.pid);
    expect(isAlive(second.pid ?? 0)).toBe(true);
  });

  it('that crashes at its start backs off, is given up after the budget, and comes back on restart', async () => {
    const mended = scratchPath('mended');
    const command = ['sh', '-c', `test -e ${mended} && exec sleep 1000; echo broken >&2; exit 7`];
    pidnap = await startTestPidnap({
      web: sleeper({ command, budget: { maxRestarts: 3, withinMs: 60_000 } }),
    });
    const seen = new Set<string>();
    for await (const event of await pidnap.client.events({})) {
      const view = event.type === 'snapshot' ? event.processes[0] : event.process;
      seen.add(view?.state ?? '');
      if (view?.state === 'failed') break;
    }
    const failed = await pidnap.client.get({ name: 'web' });
    expect(failed).toMatchObject({
      state: 'failed',
      reason: 'budget-used-up',
      runs: 4,
      restarts: 3,
      exitCode: 7,
    });
    expect(seen).toContain('backing-off');

    writeFileSync(mended, '');
    expect(await pidnap.client.restart({ name: 'web' })).toMatchObject({ desired: 'up', runs: 5 });
    const { process: up } = await pidnap.client.wait({ name: 'web', until: 'running', minRun: 5 });
    expect(up).toMatchObject({ state: 'running', runs: 5, restarts: 3 });
  });

  it('whose program does not exist says so and does not take pidnap down', async () => {
    pidnap = await startTestPidnap({
      web: sleeper({ command: ['/nowhere/server'], budget: { maxRestarts: 1 } }),
      lost: sleeper({ cwd: '/nowhere', restart: 'never' }),
    });
    const { process: web } = await pidnap.client.wait({ name: 'web', until: 'failed' });
    expect(web.message).toMatch(/\/nowhere\/server does not exist.*given up after 1 restarts/);
    const { process: lost } = await pidnap.client.wait({ name: 'lost', until: 'failed' });
    expect(lost).toMatchObject({ reason: 'spawn-failed', pid: null, exitCode: null });
  });

  it('that hangs with its port open is found unhealthy by the deadline of the probe', async () => {
    const port = await freePort();
    const server = `require('node:http').createServer((q, r) => r.end()).listen(${port}, '127.0.0.1')`;
    pidnap = await startTestPidnap({
      web: sleeper({
        command: [process.execPath, '-e', server],
        stop: { graceMs: 200 },
        health: {
          kind: 'http',
          url: `http://127.0.0.1:${port}/`,
          intervalMs: 50,
          timeoutMs: 300,
          retries: 2,
        },
      }),
    });
    const { process: well } = await pidnap.client.wait({ name: 'web', until: 'healthy' });
    process.kill(well.pid ?? 0, 'SIGSTOP');
    const { reached, process: again } = await pidnap.client.wait({
      name: 'web',
      until: 'healthy',
      minRun: 2,
    });
    expect(reached).toBe(true);
    expect(again.pid).not.toBe(well.pid);
  });
});

describe('pidnap itself', () => {
  it('frozen and thawed goes on where it was', async () => {
    pidnap = await startTestPidnap({ web: sleeper(), other: sleeper() });
    const { process: web } = await pidnap.client.wait({ name: 'web', until: 'running' });
    pidnap.child.kill('SIGSTOP');
    await expect(fetch(`${pidnap.url}/healthz`, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
    process.kill(web.pid ?? 0, 'SIGKILL');
    pidnap.child.kill('SIGCONT');
    const { process: again } = await pidnap.client.wait({ name: 'web', until: 'running', minRun: 2 });
    expect(again.runs).toBe(2);
    await eventually(async () => (await pidnap.client.get({ name: 'other' })).state === 'running');
  });

  it('refuses to share its state directory', async () => {
    pidnap = await startTestPidnap({ web: sleeper() });
    const before = await pidnap.client.info();
    await expect(pidnap.startAgain()).rejects.toThrow(/uses .* already/);
    expect((await pidnap.client.info()).bootId).toBe(before.bootId);
  });
});
