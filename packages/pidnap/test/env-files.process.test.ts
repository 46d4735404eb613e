import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import { readEnvironment } from '../src/shell/process-table.ts';
import { sleeper } from './definitions.ts';
import { changesOf, eventually, scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

let pidnap: TestPidnap;
beforeAll(async () => {
  pidnap = await startTestPidnap({}, { env: { FROM_PIDNAP: 'pidnap', FETTLE_MACHINE_ID: 'm-1' } });
});
afterAll(() => pidnap.end());

const add = (name: string, definition: Partial<ProcessDefinitionInput>) =>
  pidnap.client.add({ name, definition: sleeper(definition) });
const get = (name: string) => pidnap.client.get({ name });
const running = async (name: string, minRun = 1) => {
  const { reached, process: view } = await pidnap.client.wait({ name, until: 'running', minRun });
  expect([name, reached]).toEqual([name, true]);
  return view;
};
/** What the process that is up really has in its environment. */
const environmentOf = async (name: string, minRun = 1) =>
  readEnvironment((await running(name, minRun)).pid ?? 0);
/** A new folder with these files. */
const folderOf = (files: Record<string, string>): string => {
  const folder = scratchPath('env');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};

describe('the environment', () => {
  it('is what is inherited, then the files in their order, then env, then the marks of pidnap', async () => {
    const folder = folderOf({
      'first.env':
        'FROM_PIDNAP=first\nONE=first\nTWO=first\nTHREE=first\nPIDNAP_RUN=99\nFETTLE_MACHINE_ID=fake\n',
      'second.env': '# a comment\nexport TWO="second, quoted"\nTHREE=second\n\n',
    });
    await add('order', {
      inheritEnv: ['FROM_PIDNAP'],
      envFiles: [join(folder, 'first.env'), { path: join(folder, 'second.env') }],
      env: { THREE: 'env' },
    });
    const found = await environmentOf('order');
    expect(
      Object.fromEntries(['FROM_PIDNAP', 'ONE', 'TWO', 'THREE'].map((key) => [key, found.get(key)])),
    ).toEqual({
      FROM_PIDNAP: 'first',
      ONE: 'first',
      TWO: 'second, quoted',
      THREE: 'env',
    });
    expect([found.get('PIDNAP_RUN'), found.get('FETTLE_MACHINE_ID')]).toEqual(['1', 'm-1']);
    expect(JSON.stringify(await pidnap.client.list())).not.toContain('quoted');
  });
});

describe('a change of an env file', () => {
  it('starts anew what is up, when it says something else; what ignores it gets it with its next start', async () => {
    const folder = folderOf({ 'a.env': 'A=1\n', 'b.env': 'B=1\n' });
    const [a, b] = [join(folder, 'a.env'), join(folder, 'b.env')];
    await add('restarts', { envFiles: [a] });
    await add('shares', { envFiles: [a, b] });
    await add('ignores', { envFiles: [{ path: a, whenChanged: 'ignore' }] });
    await add('other', { envFiles: [b] });
    await add('down', { envFiles: [a], autostart: false });
    for (const name of ['restarts', 'shares', 'ignores', 'other']) await running(name);
    const changes = await changesOf(pidnap, 'restarts');

    // The same again, in other words: nobody minds. Then something new elsewhere, to know that it was looked at.
    writeFileSync(a, '# the same\nA="1"\n');
    writeFileSync(b, 'B=2\n');
    expect((await environmentOf('other', 2)).get('B')).toBe('2');
    expect((await environmentOf('shares', 2)).get('B')).toBe('2');
    expect(await get('restarts')).toMatchObject({ runs: 1, state: 'running' });

    writeFileSync(a, 'A=2\n');
    expect((await environmentOf('restarts', 2)).get('A')).toBe('2');
    expect((await environmentOf('shares', 3)).get('A')).toBe('2');
    expect(changes[0]).toMatchObject({ to: 'stopping', process: { reason: 'environment-changed' } });
    expect(await get('restarts')).toMatchObject({ runs: 2, restarts: 0 });
    expect((await environmentOf('ignores')).get('A')).toBe('1');
    expect(await get('other')).toMatchObject({ runs: 2 });
    expect(await get('down')).toMatchObject({ state: 'stopped', runs: 0 });

    await pidnap.client.restart({ name: 'ignores' });
    expect((await environmentOf('ignores', 2)).get('A')).toBe('2');
  });

  it('is seen when the file is replaced by another, by a secret store, or goes and comes', async () => {
    const folder = folderOf({ 'web.env': 'A=1\n' });
    const path = join(folder, 'web.env');
    await add('replaced', { envFiles: [path] });
    await running('replaced');
    writeFileSync(join(folder, 'next'), 'A=2\n');
    renameSync(join(folder, 'next'), path);
    expect((await environmentOf('replaced', 2)).get('A')).toBe('2');
    rmSync(path);
    writeFileSync(join(folder, 'next'), 'A=3\n');
    renameSync(join(folder, 'next'), path);
    expect((await environmentOf('replaced', 3)).get('A')).toBe('3');

    // As volumes of secrets are: the files are links into a folder that is a link itself, and that one is replaced.
    const volume = folderOf({});
    for (const version of ['1', '2']) {
      mkdirSync(join(volume, `..v${version}`));
      writeFileSync(join(volume, `..v${version}`, 'web.env'), `A=${version}\n`);
    }
    symlinkSync('..v1', join(volume, '..data'));
    symlinkSync('..data/web.env', join(volume, 'web.env'));
    await add('mounted', { envFiles: [join(volume, 'web.env')] });
    expect((await environmentOf('mounted')).get('A')).toBe('1');
    symlinkSync('..v2', join(volume, '..next'));
    renameSync(join(volume, '..next'), join(volume, '..data'));
    expect((await environmentOf('mounted', 2)).get('A')).toBe('2');
  });

  it('is followed again under a new definition with other files', async () => {
    const folder = folderOf({ 'old.env': 'A=old\n', 'new.env': 'A=new\n', 'ignored.env': 'B=1\n' });
    const ignored = { path: join(folder, 'ignored.env'), whenChanged: 'ignore' } as const;
    await add('moves', { envFiles: [join(folder, 'old.env')] });
    await running('moves');
    const definition = sleeper({ envFiles: [join(folder, 'new.env'), ignored] });
    await pidnap.client.update({ name: 'moves', definition });
    expect((await environmentOf('moves', 2)).get('A')).toBe('new');
    // Only a rule changed: it holds for the run that is up.
    await pidnap.client.update({
      name: 'moves',
      definition: {
        ...definition,
        envFiles: [join(folder, 'new.env'), { ...ignored, whenChanged: 'restart' }],
      },
    });
    expect(await get('moves')).toMatchObject({ runs: 2 });
    writeFileSync(ignored.path, 'B=2\n');
    expect((await environmentOf('moves', 3)).get('B')).toBe('2');
  });
});

describe('an env file that is not there', () => {
  it('is a clear reason not to start where it is required, and no more once it is there', async () => {
    const path = join(folderOf({}), 'web.env');
    await add('task', { envFiles: [path], restart: 'never' });
    await add('service', { envFiles: [path], budget: null });
    const { process: task } = await pidnap.client.wait({ name: 'task', until: 'failed' });
    expect(task).toMatchObject({
      reason: 'spawn-failed',
      message: `cannot be started: env file ${path}: ENOENT: no such file or directory, open '${path}'`,
      pid: null,
    });
    await eventually(async () => (await get('service')).runs >= 3);
    writeFileSync(path, 'A=1\n');
    expect((await environmentOf('service', 3)).get('A')).toBe('1');
    await pidnap.client.start({ name: 'task' });
    expect((await environmentOf('task', 2)).get('A')).toBe('1');
  });

  it('is no variables where it is not required, and a change when it comes', async () => {
    const path = join(folderOf({}), 'web.env');
    await add('optional', { envFiles: [{ path, required: false }] });
    expect((await environmentOf('optional')).has('A')).toBe(false);
    writeFileSync(path, 'A=1\n');
    expect((await environmentOf('optional', 2)).get('A')).toBe('1');
    rmSync(path);
    expect((await environmentOf('optional', 3)).has('A')).toBe(false);
  });
});

describe('a change while no pidnap is there', () => {
  it('starts an adopted process anew, and leaves those alone whose variables are as they were', async () => {
    const folder = folderOf({ 'a.env': 'A=1\n', 'b.env': 'B=1\n' });
    const [a, b] = [join(folder, 'a.env'), join(folder, 'b.env')];
    // It stays healthy only if its check is asked with the variables of the run.
    const health = {
      kind: 'command',
      command: 'test "$B" = 1',
      intervalMs: 20,
      startIntervalMs: 20,
      retries: 1,
    } as const;
    const own = await startTestPidnap({
      changes: sleeper({ envFiles: [a], env: { OWN: 'env' } }),
      same: sleeper({ envFiles: [b], env: { OWN: 'env' }, health }),
      ignores: sleeper({ envFiles: [{ path: a, whenChanged: 'ignore' }] }),
    });
    try {
      const { process: same } = await own.client.wait({ name: 'same', until: 'healthy' });
      for (const name of ['changes', 'ignores']) await own.client.wait({ name, until: 'running' });
      own.child.kill('SIGKILL');
      await own.exited();
      writeFileSync(a, 'A=2\n');
      writeFileSync(b, '# the same\nB="1"\n');
      await own.startAgain();
      const { process: changed } = await own.client.wait({ name: 'changes', until: 'running', minRun: 2 });
      expect(readEnvironment(changed.pid ?? 0).get('A')).toBe('2');
      const asked = (await own.client.get({ name: 'same' })).health.checkedAt ?? 0;
      await eventually(async () => ((await own.client.get({ name: 'same' })).health.checkedAt ?? 0) > asked);
      expect(await own.client.get({ name: 'same' })).toMatchObject({
        pid: same.pid,
        runs: 1,
        health: { status: 'healthy' },
      });
      expect(await own.client.get({ name: 'ignores' })).toMatchObject({ state: 'running', runs: 1 });
    } finally {
      await own.end();
    }
  });
});
