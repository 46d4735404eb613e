import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import { sleeper, task } from './definitions.ts';
import {
  eventually,
  isAlive,
  linesIn,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

const SLEEP = sleeper();
const appends = (file: string, exitCode = 0) => task(`echo ran >> ${file}; exit ${exitCode}`);

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

describe('a signal', () => {
  it('goes to the process alone, or to its whole group', async () => {
    const script = `sh -c 'trap "echo child got it" USR1; echo ready; while :; do sleep 0.02; done' &
      trap "echo parent got it" USR1; while :; do sleep 0.02; done`;
    pidnap = await startTestPidnap({ web: { command: script, cwd: '/tmp' } });
    const said = (line: string): Promise<true> =>
      eventually(async () => (await pidnap.linesOf('web')).includes(line));
    await said('ready');
    await pidnap.client.signal({ name: 'web', signal: 'SIGUSR1' });
    await said('parent got it');
    expect(await pidnap.linesOf('web')).not.toContain('child got it');
    await pidnap.client.signal({ name: 'web', signal: 'SIGUSR1', group: true });
    await said('child got it');
    expect(await pidnap.client.get({ name: 'web' })).toMatchObject({ state: 'running', runs: 1 });
  });
});

describe('a task added through the API', () => {
  it('runs once: adding it again does nothing, another definition is refused', async () => {
    pidnap = await startTestPidnap({});
    const file = scratchPath('restore');
    const added = await pidnap.client.add({ name: 'restore-1', definition: appends(file, 4) });
    expect(added).toMatchObject({ source: 'api', desired: 'up', runs: 1 });
    const { process: done } = await pidnap.client.wait({ name: 'restore-1', until: 'ended' });
    expect(done).toMatchObject({ state: 'failed', exitCode: 4, runs: 1 });
    const again = await pidnap.client.add({ name: 'restore-1', definition: appends(file, 4) });
    expect(again).toMatchObject({ state: 'failed', runs: 1, definitionDigest: added.definitionDigest });
    await expect(pidnap.client.add({ name: 'restore-1', definition: SLEEP })).rejects.toMatchObject({
      code: 'PROCESS_CONFLICT',
      status: 409,
    });
    expect(linesIn(file).length).toBe(1);
  });

  it('keeps its result over a restart of pidnap and is not run again', async () => {
    pidnap = await startTestPidnap({});
    const file = scratchPath('restore');
    await pidnap.client.add({ name: 'restore-1', definition: appends(file) });
    await pidnap.client.wait({ name: 'restore-1', until: 'completed' });
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      pidnap.child.kill(signal);
      await pidnap.exited();
      await pidnap.startAgain();
      expect(await pidnap.client.get({ name: 'restore-1' })).toMatchObject({
        state: 'completed',
        exitCode: 0,
        runs: 1,
      });
    }
    expect(linesIn(file).length).toBe(1);
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
    const left = readdirSync(join(pidnap.dir, 'state'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((path) => path.includes('helper'))).toEqual([]);
    expect(left.some((path) => path.includes('web'))).toBe(true);
    pidnap.child.kill('SIGTERM');
    await pidnap.exited();
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
