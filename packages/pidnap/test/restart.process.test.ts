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

  it('that turns unhealthy is restarted and is healthy again', async () => {
    const server = `
      let asked = 0;
      const server = require('node:http').createServer((request, response) => {
        asked += 1;
        response.statusCode = asked > 2 ? 503 : 200;
        response.end();
      });
      server.listen(Number(process.argv[1]), '127.0.0.1');`;
    const port = await freePort();
    pidnap = await startTestPidnap({
      web: sleeper({
        command: [process.execPath, '-e', server, String(port)],
        health: {
          kind: 'http',
          url: `http://127.0.0.1:${port}/`,
          intervalMs: 50,
          startIntervalMs: 50,
          retries: 3,
        },
      }),
    });
    const { process: well } = await pidnap.client.wait({ name: 'web', until: 'healthy' });
    expect(well.healthyAt).toBeGreaterThanOrEqual(well.startedAt ?? Infinity);
    const { reached, process: again } = await pidnap.client.wait({
      name: 'web',
      until: 'healthy',
      minRun: 2,
    });
    expect(reached).toBe(true);
    expect(again.restarts).toBeGreaterThanOrEqual(1);
    const { lines } = await pidnap.client.logs({ name: 'web' });
    expect(
      lines.some(({ stream, text }) => stream === 'pidnap' && /run 1: (killed by SIGTERM|exited)/.test(text)),
    ).toBe(true);
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

describe('dependsOn', () => {
  it('starts in order: a task to its end, a server to its health, then what needs both', async () => {
    const port = await freePort();
    const server = `setTimeout(() => require('node:net').createServer().listen(${port}, '127.0.0.1'), 200)`;
    pidnap = await startTestPidnap({
      app: sleeper({
        dependsOn: [
          { process: 'db', condition: 'healthy' },
          { process: 'migrate', condition: 'completed' },
        ],
      }),
      migrate: sleeper({
        command: ['sh', '-c', 'sleep 0.2'],
        restart: 'never',
        dependsOn: [{ process: 'db', condition: 'started' }],
      }),
      db: sleeper({
        command: [process.execPath, '-e', server],
        health: { kind: 'tcp', port, intervalMs: 50, startIntervalMs: 50 },
      }),
    });
    const early = await pidnap.client.get({ name: 'app' });
    expect(['blocked', 'running']).toContain(early.state);
    await pidnap.client.wait({ name: 'app', until: 'running' });
    const [app, migrate, db] = await Promise.all(
      ['app', 'migrate', 'db'].map((name) => pidnap.client.get({ name })),
    );
    expect(migrate).toMatchObject({ state: 'completed', exitCode: 0 });
    expect(migrate?.startedAt).toBeGreaterThanOrEqual(db?.startedAt ?? Infinity);
    expect(app?.startedAt).toBeGreaterThanOrEqual(migrate?.stoppedAt ?? Infinity);
    expect(app?.startedAt).toBeGreaterThanOrEqual(db?.healthyAt ?? Infinity);
  });

  it('keeps what depends on a failed task blocked, and lets it go once the task is repeated with success', async () => {
    const flag = scratchPath('installed');
    pidnap = await startTestPidnap({
      app: sleeper({ dependsOn: [{ process: 'install', condition: 'completed' }] }),
      install: sleeper({ command: ['test', '-e', flag], restart: 'never' }),
    });
    await pidnap.client.wait({ name: 'install', until: 'failed' });
    const blocked = await pidnap.client.get({ name: 'app' });
    expect(blocked).toMatchObject({ state: 'blocked', reason: 'dependency-failed', runs: 0, pid: null });
    expect(blocked.blockedOn).toEqual([{ process: 'install', condition: 'completed', state: 'failed' }]);
    writeFileSync(flag, '');
    await pidnap.client.start({ name: 'install' });
    expect((await pidnap.client.wait({ name: 'app', until: 'running' })).reached).toBe(true);
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
