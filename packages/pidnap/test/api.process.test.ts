import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createPidnapClient } from '../src/client.ts';
import type { PidnapEvent, ProcessDefinitionInput } from '../src/contract.ts';
import {
  TOKEN,
  eventually,
  isAlive,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

const SLEEP: ProcessDefinitionInput = { command: ['sleep', '1000'], cwd: '/tmp', backoff: { initialMs: 20 } };
const appends = (file: string, exitCode = 0): ProcessDefinitionInput => ({
  command: ['sh', '-c', `echo ran >> ${file}; exit ${exitCode}`],
  cwd: '/tmp',
  restart: 'never',
});
const timesRun = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1;
const overTcp = (token: string) => createPidnapClient({ url: pidnap.url, token });

describe('who may ask', () => {
  it('needs the token over TCP, and gets 401 without anything being done', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    const { process: web } = await pidnap.client.wait({ name: 'web', until: 'running' });
    for (const token of ['', 'wrong', `${TOKEN}x`, TOKEN.slice(0, -1), TOKEN.toUpperCase()]) {
      await expect(overTcp(token).stop({ name: 'web' })).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
        status: 401,
      });
    }
    const bare = await fetch(`${pidnap.url}/rpc/v1/list`, { method: 'POST', body: '{}' });
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await overTcp(TOKEN).get({ name: 'web' })).toMatchObject({ state: 'running', pid: web.pid });
  });

  it('needs no token for /healthz, which tells nothing else', async () => {
    pidnap = await startTestPidnap({});
    const { pid, bootId } = await pidnap.client.info();
    const response = await fetch(`${pidnap.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { ok: true, pid, bootId }]);
  });

  it('follows a rotated token without a restart', async () => {
    pidnap = await startTestPidnap({});
    writeFileSync(join(pidnap.dir, 'token'), 'another-token-that-is-longer');
    await expect(overTcp(TOKEN).info()).rejects.toMatchObject({ status: 401 });
    expect((await overTcp('another-token-that-is-longer').info()).shuttingDown).toBe(false);
  });

  it('may use the socket only as the same user', async () => {
    pidnap = await startTestPidnap({});
    expect(statSync(join(pidnap.dir, 'state', 'pidnap.sock')).mode & 0o777).toBe(0o600);
    expect(statSync(join(pidnap.dir, 'state')).mode & 0o777).toBe(0o700);
  });

  it('cannot send more than the body limit', async () => {
    pidnap = await startTestPidnap({});
    const definition = { ...SLEEP, command: ['echo', 'x'.repeat(400_000)] };
    await expect(overTcp(TOKEN).add({ name: 'big', definition })).rejects.toMatchObject({ status: 413 });
  });

  it('is told what is wrong with an input, by path, without the values of the environment', async () => {
    pidnap = await startTestPidnap({});
    const definition = { ...SLEEP, cwd: 'here', env: { SECRET: 42 } } as unknown as ProcessDefinitionInput;
    const refused = await pidnap.client.add({ name: 'x', definition }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'BAD_REQUEST',
      data: {
        problems: [
          'definition.cwd: expected an absolute path, got "here"',
          'definition.env.SECRET: expected a string, got a number (put it in quotes)',
        ],
      },
    });
    expect(JSON.stringify(refused)).not.toContain('42');
  });
});

describe('every process', () => {
  it('is known from the first moment, in the order of the config file', async () => {
    pidnap = await startTestPidnap({
      late: { ...SLEEP, dependsOn: [{ process: 'first' }] },
      first: { ...SLEEP, restart: 'never' },
      idle: { ...SLEEP, autostart: false },
    });
    const views = await pidnap.client.list();
    expect(views.map(({ name, source }) => [name, source])).toEqual([
      ['late', 'config'],
      ['first', 'config'],
      ['idle', 'config'],
    ]);
    expect(views[0]).toMatchObject({ state: 'blocked', pid: null, runs: 0 });
    expect(views[2]).toMatchObject({ state: 'stopped', reason: 'not-autostarted', desired: 'down' });
  });

  it('gets a clean environment: its own, what it inherits by name, the marker of the machine', async () => {
    pidnap = await startTestPidnap(
      {
        show: {
          command: ['env'],
          cwd: '/tmp',
          restart: 'never',
          env: { OWN: 'mine' },
          inheritEnv: ['WANTED', 'NOT_SET'],
        },
      },
      {
        env: {
          SECRET: 'do not leak',
          WANTED: 'yes',
          FETTLE_MACHINE_ID: 'm-1',
          HOME: '/root',
          LANG: 'C.UTF-8',
        },
      },
    );
    await pidnap.client.wait({ name: 'show', until: 'completed' });
    const { lines } = await pidnap.client.logs({ name: 'show' });
    const names = lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text);
    expect(names).toEqual(
      expect.arrayContaining(['OWN=mine', 'WANTED=yes', 'FETTLE_MACHINE_ID=m-1', 'HOME=/root']),
    );
    const allowed = new Set([
      'PATH',
      'HOME',
      'LANG',
      'TZ',
      'OWN',
      'WANTED',
      'FETTLE_MACHINE_ID',
      'PWD',
      'SHLVL',
      '_',
    ]);
    const others = names.map((line) => line.split('=')[0] ?? '').filter((name) => !allowed.has(name));
    expect(others.toSorted()).toEqual(['PIDNAP_INSTANCE', 'PIDNAP_PROCESS', 'PIDNAP_RUN']);
  });

  it('hides the values of its environment from the API', async () => {
    pidnap = await startTestPidnap({ web: { ...SLEEP, env: { TOKEN: 'secret-value' } } });
    const view = await pidnap.client.get({ name: 'web' });
    expect(view.definition.env).toEqual({ TOKEN: '[hidden]' });
    expect(JSON.stringify(await pidnap.client.list())).not.toContain('secret-value');
  });

  it('can be sent a signal, when it has a pid', async () => {
    pidnap = await startTestPidnap({ web: SLEEP, idle: { ...SLEEP, autostart: false } });
    await pidnap.client.wait({ name: 'web', until: 'running' });
    await pidnap.client.signal({ name: 'web', signal: 'SIGUSR1' });
    const { process: again } = await pidnap.client.wait({ name: 'web', until: 'running', minRun: 2 });
    expect(again.signal).toBe('SIGUSR1');
    await expect(pidnap.client.signal({ name: 'idle', signal: 'SIGUSR1' })).rejects.toMatchObject({
      code: 'NOT_RUNNING',
    });
    await expect(pidnap.client.get({ name: 'nobody' })).rejects.toMatchObject({
      code: 'PROCESS_NOT_FOUND',
      status: 404,
    });
  });
});

describe('a task added through the API', () => {
  it('runs once: adding it again does nothing, another definition is refused', async () => {
    pidnap = await startTestPidnap({});
    const file = scratchPath('restore');
    const added = await pidnap.client.add({ name: 'restore-1', definition: appends(file, 4) });
    expect(added).toMatchObject({ source: 'api', state: 'running', runs: 1 });
    const { process: done } = await pidnap.client.wait({ name: 'restore-1', until: 'ended' });
    expect(done).toMatchObject({ state: 'failed', exitCode: 4, runs: 1 });
    const again = await pidnap.client.add({ name: 'restore-1', definition: appends(file, 4) });
    expect(again).toMatchObject({ state: 'failed', runs: 1, definitionDigest: added.definitionDigest });
    await expect(pidnap.client.add({ name: 'restore-1', definition: SLEEP })).rejects.toMatchObject({
      code: 'PROCESS_CONFLICT',
      status: 409,
    });
    expect(timesRun(file)).toBe(1);
  });

  it('keeps its result over a restart of pidnap and is not run again', async () => {
    pidnap = await startTestPidnap({});
    const file = scratchPath('restore');
    await pidnap.client.add({ name: 'restore-1', definition: appends(file) });
    await pidnap.client.wait({ name: 'restore-1', until: 'completed' });
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const ended = once(pidnap.child, 'exit');
      pidnap.child.kill(signal);
      await ended;
      await pidnap.startAgain();
      expect(await pidnap.client.get({ name: 'restore-1' })).toMatchObject({
        state: 'completed',
        exitCode: 0,
        runs: 1,
      });
    }
    expect(timesRun(file)).toBe(1);
  });

  it('that a shutdown of pidnap cut off has failed and says so', async () => {
    pidnap = await startTestPidnap({});
    await pidnap.client.add({ name: 'long', definition: { ...SLEEP, restart: 'never' } });
    await pidnap.client.add({ name: 'service', definition: SLEEP });
    const { process: long } = await pidnap.client.wait({ name: 'long', until: 'running' });
    await pidnap.client.wait({ name: 'service', until: 'running' });
    pidnap.child.kill('SIGTERM');
    await pidnap.exited();
    await pidnap.startAgain();
    expect(await pidnap.client.get({ name: 'long' })).toMatchObject({
      state: 'failed',
      reason: 'interrupted-by-supervisor-restart',
      runs: 1,
    });
    expect(isAlive(long.pid ?? 0)).toBe(false);
    const { process: service } = await pidnap.client.wait({ name: 'service', until: 'running', minRun: 2 });
    expect(service.source).toBe('api');
  });

  it('that ended while pidnap was dead has failed and says so; one that goes on is adopted', async () => {
    pidnap = await startTestPidnap({});
    for (const name of ['ends', 'stays'])
      await pidnap.client.add({ name, definition: { ...SLEEP, restart: 'never' } });
    const { process: ends } = await pidnap.client.wait({ name: 'ends', until: 'running' });
    const { process: stays } = await pidnap.client.wait({ name: 'stays', until: 'running' });
    pidnap.child.kill('SIGKILL');
    await pidnap.exited();
    process.kill(ends.pid ?? 0, 'SIGKILL');
    await eventually(() => !isAlive(ends.pid ?? 0));
    await pidnap.startAgain();
    expect(await pidnap.client.get({ name: 'ends' })).toMatchObject({
      state: 'failed',
      reason: 'interrupted-by-supervisor-restart',
      runs: 1,
    });
    expect(await pidnap.client.get({ name: 'stays' })).toMatchObject({
      state: 'running',
      reason: 'adopted',
      pid: stays.pid,
      runs: 1,
    });
  });

  it('is refused when its dependencies are not known or form a cycle', async () => {
    pidnap = await startTestPidnap({ web: SLEEP });
    const lost = { ...SLEEP, dependsOn: [{ process: 'nobody' }] };
    await expect(pidnap.client.add({ name: 'x', definition: lost })).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      data: {
        problems: ['processes.x.dependsOn.0.process: expected the name of a known process, got "nobody"'],
      },
    });
    await pidnap.client.add({ name: 'x', definition: { ...SLEEP, dependsOn: [{ process: 'web' }] } });
    const cycle = { ...SLEEP, dependsOn: [{ process: 'x' }] };
    await expect(pidnap.client.update({ name: 'web', definition: cycle })).rejects.toMatchObject({
      data: { problems: ['processes.web.dependsOn: the dependencies form a cycle: web -> x -> web'] },
    });
  });
});

describe('update and remove', () => {
  it('restart under the new definition, end and forget, and outlive pidnap', async () => {
    pidnap = await startTestPidnap({ web: SLEEP, helper: SLEEP });
    const { process: before } = await pidnap.client.wait({ name: 'web', until: 'running' });
    const definition: ProcessDefinitionInput = { ...SLEEP, command: ['sleep', '2000'] };
    await pidnap.client.update({ name: 'web', definition });
    const { process: after } = await pidnap.client.wait({ name: 'web', until: 'running', minRun: 2 });
    expect(after.definition.command).toEqual(['sleep', '2000']);
    expect([after.definitionDigest === before.definitionDigest, after.source]).toEqual([false, 'api']);
    expect(await pidnap.client.update({ name: 'web', definition })).toMatchObject({
      runs: 2,
      state: 'running',
    });
    const { process: helper } = await pidnap.client.wait({ name: 'helper', until: 'running' });
    expect(await pidnap.client.remove({ name: 'helper' })).toEqual({ name: 'helper', removed: true });
    expect(await pidnap.client.remove({ name: 'helper' })).toEqual({ name: 'helper', removed: false });
    expect(isAlive(helper.pid ?? 0)).toBe(false);
    const ended = once(pidnap.child, 'exit');
    pidnap.child.kill('SIGTERM');
    await ended;
    await pidnap.startAgain();
    const views = await pidnap.client.list();
    expect(views.map(({ name, definition: { command } }) => [name, command])).toEqual([
      ['web', ['sleep', '2000']],
    ]);
  });

  it('of what others depend on is refused', async () => {
    pidnap = await startTestPidnap({ web: { ...SLEEP, dependsOn: [{ process: 'db' }] }, db: SLEEP });
    await expect(pidnap.client.remove({ name: 'db' })).rejects.toMatchObject({ code: 'PROCESS_CONFLICT' });
  });
});

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
    const ended = once(pidnap.child, 'exit');
    pidnap.child.kill('SIGKILL');
    await ended;
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
    expect(timesRun(file)).toBe(1);
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
