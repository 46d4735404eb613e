import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import type { PidnapConfigInput } from '../src/contract/config.ts';
import { FORK_STORM, canStorm } from './fork-storm.ts';
import {
  eventually,
  isAlive,
  pidFrom,
  pidsWith,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

const shell = (script: string, more: Partial<ProcessDefinitionInput> = {}): ProcessDefinitionInput => ({
  command: ['sh', '-c', script],
  cwd: '/tmp',
  stop: { graceMs: 300 },
  ...more,
});

/** Resolves when a process has written this line. */
const said = (name: string, line: string): Promise<true> =>
  eventually(async () => (await pidnap.client.logs({ name })).lines.some(({ text }) => text === line));

/** A shell that writes its pid and ignores SIGTERM. */
const STUBBORN = 'trap "" TERM; echo $$ > "$FILE"; while :; do sleep 0.05; done';

describe('stop', () => {
  it('lets a process end in its own way', async () => {
    pidnap = await startTestPidnap({
      web: shell('trap "echo goodbye; exit 0" TERM; echo ready; while :; do sleep 0.02; done', {
        stop: { graceMs: 10_000 },
      }),
    });
    await said('web', 'ready');
    const asked = await pidnap.client.stop({ name: 'web' });
    expect(asked).toMatchObject({ state: 'stopping', desired: 'down' });
    const { process: view } = await pidnap.client.wait({ name: 'web', until: 'stopped' });
    expect(view).toMatchObject({ exitCode: 0, signal: null, reason: 'stop-requested' });
    const { lines } = await pidnap.client.logs({ name: 'web' });
    expect(lines.map(({ text }) => text)).toContain('goodbye');
  });

  it('kills a process that ignores SIGTERM when the grace is over', async () => {
    const file = scratchPath('stubborn');
    pidnap = await startTestPidnap({ web: shell(STUBBORN, { env: { FILE: file } }) });
    const pid = await pidFrom(file);
    await pidnap.client.stop({ name: 'web' });
    const { process: view } = await pidnap.client.wait({ name: 'web', until: 'stopped' });
    expect(view).toMatchObject({ signal: 'SIGKILL', exitCode: null });
    expect(isAlive(pid)).toBe(false);
  });

  it('ends a frozen process: kindly when it listens, by SIGKILL when it does not', async () => {
    const file = scratchPath('frozen');
    pidnap = await startTestPidnap({
      kind: { command: ['sleep', '1000'], cwd: '/tmp', stop: { graceMs: 15_000 } },
      stubborn: shell(STUBBORN, { env: { FILE: file } }),
    });
    const stubborn = await pidFrom(file);
    const { process: kind } = await pidnap.client.wait({ name: 'kind', until: 'running' });
    for (const pid of [stubborn, kind.pid ?? 0]) process.kill(pid, 'SIGSTOP');
    await Promise.all(['kind', 'stubborn'].map((name) => pidnap.client.stop({ name })));
    const ended = await Promise.all(
      ['kind', 'stubborn'].map((name) => pidnap.client.wait({ name, until: 'stopped', timeoutMs: 10_000 })),
    );
    expect(ended.map(({ reached, process: { signal } }) => [reached, signal])).toEqual([
      [true, 'SIGTERM'],
      [true, 'SIGKILL'],
    ]);
    expect([isAlive(stubborn), isAlive(kind.pid ?? 0)]).toEqual([false, false]);
  });

  it('ends the whole tree, a grandchild in a session of its own and an orphan included', async () => {
    const files = ['child', 'session', 'orphan'].map(scratchPath);
    const [child, session, orphan] = files;
    pidnap = await startTestPidnap({
      web: shell(
        `sh -c 'trap "" TERM; echo $$ > ${child}; while :; do sleep 0.05; done' &
         (setsid sh -c 'trap "" TERM; echo $$ > ${session}; while :; do sleep 0.05; done' &)
         (sh -c 'setsid sh -c "trap \\"\\" TERM; echo \\$\\$ > ${orphan}; while :; do sleep 0.05; done" & exit 0')
         wait`,
      ),
    });
    const pids = await Promise.all(files.map(pidFrom));
    await pidnap.client.stop({ name: 'web' });
    const { reached } = await pidnap.client.wait({ name: 'web', until: 'stopped' });
    expect(reached).toBe(true);
    expect(pids.map(isAlive)).toEqual([false, false, false]);
  });

  it('of a process that ended by itself and left children is done before it starts again', async () => {
    const file = scratchPath('left');
    pidnap = await startTestPidnap({
      web: shell(`(setsid sleep 1000 & echo $! > ${file}); exit 3`, { restart: 'never' }),
    });
    const left = await pidFrom(file);
    const { process: view } = await pidnap.client.wait({ name: 'web', until: 'failed' });
    expect(view).toMatchObject({ exitCode: 3, reason: 'exited-nonzero' });
    await eventually(() => !isAlive(left));
    const { instanceId } = await pidnap.client.info();
    expect(pidsWith('PIDNAP_INSTANCE', instanceId)).toEqual([]);
  });

  it('ends what has no mark any more, because it was in the tree when the stop was asked for', async () => {
    const file = scratchPath('cleared');
    pidnap = await startTestPidnap({
      web: shell(
        `env -i setsid sh -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 0.05; done' & exec sleep 1000`,
      ),
    });
    const cleared = await pidFrom(file);
    await pidnap.client.stop({ name: 'web' });
    const { process: view } = await pidnap.client.wait({ name: 'web', until: 'stopped' });
    expect(view).toMatchObject({ signal: 'SIGTERM' });
    expect(isAlive(cleared)).toBe(false);
  });

  it('ends frozen children in sessions of their own', async () => {
    const file = scratchPath('frozen-child');
    pidnap = await startTestPidnap({
      web: shell(`setsid sh -c 'echo $$ > ${file}; exec sleep 1000' & exec sleep 1000`),
    });
    const child = await pidFrom(file);
    process.kill(child, 'SIGSTOP');
    await pidnap.client.stop({ name: 'web' });
    expect((await pidnap.client.wait({ name: 'web', until: 'stopped' })).reached).toBe(true);
    expect(isAlive(child)).toBe(false);
  });

  it.skipIf(!canStorm)(
    'ends a tree that forks all the time, each process in a session of its own',
    async () => {
      const file = scratchPath('storm');
      pidnap = await startTestPidnap({
        storm: { command: ['perl', '-e', FORK_STORM, file], cwd: '/tmp', stop: { graceMs: 200 } },
      });
      await pidFrom(file);
      const { instanceId } = await pidnap.client.info();
      await pidnap.client.stop({ name: 'storm' });
      expect((await pidnap.client.wait({ name: 'storm', until: 'stopped' })).reached).toBe(true);
      await eventually(() => pidsWith('PIDNAP_INSTANCE', instanceId).length === 0);
    },
  );

  it('ends what a killed pidnap in the tree left behind, before that one starts again', async () => {
    const [child, dir] = [scratchPath('inner-child'), scratchPath('inner')];
    const config = `${scratchPath('inner-config')}.json`;
    const inner: PidnapConfigInput = {
      stateDir: dir,
      processes: { web: shell(`echo $$ > ${child}; exec sleep 1000`) },
    };
    writeFileSync(config, JSON.stringify(inner));
    pidnap = await startTestPidnap({
      inner: {
        command: [process.execPath, join(import.meta.dirname, '../src/main.ts'), 'run', '--config', config],
        cwd: '/tmp',
        backoff: { initialMs: 10 },
      },
    });
    const first = await pidFrom(child);
    process.kill((await pidnap.client.get({ name: 'inner' })).pid ?? 0, 'SIGKILL');
    const { reached } = await pidnap.client.wait({ name: 'inner', until: 'running', minRun: 2 });
    expect(reached).toBe(true);
    expect(isAlive(first)).toBe(false);
    const second = await eventually(async () => {
      const pid = await pidFrom(child);
      return pid !== first && pid;
    });
    await pidnap.client.stop({ name: 'inner' });
    await pidnap.client.wait({ name: 'inner', until: 'stopped' });
    expect(isAlive(second)).toBe(false);
  });

  it('of what an ended run left is done before the next run, every time', async () => {
    const left = scratchPath('left');
    const script = `
      before=$(cat ${left}.$((PIDNAP_RUN - 1)) 2>/dev/null)
      if [ -n "$before" ] && kill -0 "$before" 2>/dev/null && ! grep -q ') Z' "/proc/$before/stat"; then
        echo "$before is alive"
      fi
      (setsid sh -c 'trap "" TERM; echo $$ > ${left}.$PIDNAP_RUN.new; while :; do sleep 0.02; done' &)
      until [ -s ${left}.$PIDNAP_RUN.new ]; do sleep 0.01; done
      mv ${left}.$PIDNAP_RUN.new ${left}.$PIDNAP_RUN`;
    pidnap = await startTestPidnap({
      web: shell(script, {
        stop: { graceMs: 20 },
        backoff: { initialMs: 0 },
        crashLoop: null,
        budget: null,
      }),
    });
    const { reached } = await pidnap.client.wait({ name: 'web', until: 'running', minRun: 20 });
    expect(reached).toBe(true);
    expect(await pidnap.linesOf('web')).toEqual([]);
    expect(existsSync(`${left}.19`)).toBe(true);
  });

  it('leaves the tree of another process alone', async () => {
    pidnap = await startTestPidnap({
      web: { command: ['sleep', '1000'], cwd: '/tmp' },
      other: { command: ['sleep', '1000'], cwd: '/tmp' },
    });
    const { process: other } = await pidnap.client.wait({ name: 'other', until: 'running' });
    await pidnap.client.wait({ name: 'web', until: 'running' });
    await pidnap.client.stop({ name: 'web' });
    await pidnap.client.wait({ name: 'web', until: 'stopped' });
    expect(await pidnap.client.get({ name: 'other' })).toMatchObject({
      state: 'running',
      pid: other.pid,
      runs: 1,
    });
  });
});

describe('SIGTERM to pidnap', () => {
  it('stops everything in reverse order of dependency, leaves nothing behind and exits 0', async () => {
    const log = scratchPath('order');
    const server = (name: string): string =>
      `trap 'echo ${name} >> ${log}; exit 0' TERM; (setsid sleep 1000 &); echo ready; while :; do sleep 0.02; done`;
    pidnap = await startTestPidnap({
      db: shell(server('db'), { stop: { graceMs: 10_000 } }),
      app: shell(server('app'), { stop: { graceMs: 10_000 }, dependsOn: [{ process: 'db' }] }),
      proxy: shell(server('proxy'), { stop: { graceMs: 10_000 }, dependsOn: [{ process: 'app' }] }),
    });
    const { instanceId } = await pidnap.client.info();
    await Promise.all(['db', 'app', 'proxy'].map((name) => said(name, 'ready')));
    // Three servers and three sleepers in sessions of their own, besides the short sleeps of the loops.
    expect(pidsWith('PIDNAP_INSTANCE', instanceId).length).toBeGreaterThanOrEqual(6);
    const ended = once(pidnap.child, 'exit');
    pidnap.child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual(['proxy', 'app', 'db']);
    expect(pidsWith('PIDNAP_INSTANCE', instanceId)).toEqual([]);
  });

  it('a second time does not wait for the grace', async () => {
    const file = scratchPath('second');
    pidnap = await startTestPidnap({
      web: shell(STUBBORN, { env: { FILE: file }, stop: { graceMs: 600_000 } }),
    });
    const pid = await pidFrom(file);
    const ended = once(pidnap.child, 'exit');
    pidnap.child.kill('SIGTERM');
    await eventually(() => pidnap.output().includes('stops everything'));
    pidnap.child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(isAlive(pid)).toBe(false);
  });
});
