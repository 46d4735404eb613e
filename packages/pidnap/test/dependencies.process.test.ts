import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput, ProcessState } from '../src/contract.ts';
import { awaits, sleeper, task, whileThere } from './definitions.ts';
import { changesOf, scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

let pidnap: TestPidnap;
beforeAll(async () => void (pidnap = await startTestPidnap({})));
afterAll(() => pidnap.end());

const add = async (processes: Record<string, ProcessDefinitionInput>): Promise<void> => {
  for (const [name, definition] of Object.entries(processes)) await pidnap.client.add({ name, definition });
};
const reach = async (name: string, until: ProcessState, minRun = 0) => {
  const { reached, process: view } = await pidnap.client.wait({ name, until, minRun });
  expect([name, reached ? until : view.state]).toEqual([name, until]);
  return view;
};

describe('a condition', () => {
  it('that is left out is completed for a task and healthy for a service, and the view tells what is missing', async () => {
    const [migrated, warm] = [scratchPath('migrated'), scratchPath('warm')];
    await add({
      'c-migrate': task(awaits(migrated)),
      'c-db': sleeper({ health: whileThere(warm) }),
      'c-app': sleeper({ dependsOn: [{ process: 'c-migrate' }, { process: 'c-db' }] }),
    });
    await Promise.all([reach('c-migrate', 'running'), reach('c-db', 'running')]);
    expect(await pidnap.client.get({ name: 'c-app' })).toMatchObject({
      state: 'blocked',
      reason: 'waiting-for-dependency',
      message: 'waits for c-migrate to be completed (it is running), c-db to be healthy (it is running)',
      pid: null,
      runs: 0,
    });
    writeFileSync(migrated, '');
    await reach('c-migrate', 'completed');
    expect((await pidnap.client.get({ name: 'c-app' })).blockedOn).toEqual([
      { process: 'c-db', condition: 'healthy', state: 'running' },
    ]);
    writeFileSync(warm, '');
    const app = await reach('c-app', 'running');
    const db = await pidnap.client.get({ name: 'c-db' });
    expect(app.startedAt).toBeGreaterThanOrEqual(db.healthyAt ?? Infinity);
    expect(app.blockedOn).toEqual([]);
  });

  it('"started" holds for what runs, healthy or not, and for what ran and completed', async () => {
    await add({
      's-ill': sleeper({ health: whileThere('/nowhere') }),
      's-done': task('true'),
      's-app': sleeper({
        dependsOn: [
          { process: 's-ill', condition: 'started' },
          { process: 's-done', condition: 'started' },
        ],
      }),
    });
    await reach('s-done', 'completed');
    await reach('s-app', 'running');
    expect((await pidnap.client.get({ name: 's-ill' })).health.status).toBe('unknown');
  });
});

describe('when a running process loses what it depends on', () => {
  it.each(['restarts', 'crashes'] as const)(
    'because that %s, it goes on with "keep" and follows with "restart", at no cost of its own',
    async (what) => {
      const [db, keeper, follower] = ['db', 'keeper', 'follower'].map((name) => `${what}-${name}`) as [
        string,
        string,
        string,
      ];
      await add({
        [db]: sleeper(),
        [keeper]: sleeper({ dependsOn: [{ process: db }] }),
        [follower]: sleeper({
          dependsOn: [{ process: db, whenLost: 'restart' }],
          budget: { maxRestarts: 0 },
        }),
      });
      const [kept, first] = [await reach(keeper, 'running'), await reach(follower, 'running')];
      const changes = await changesOf(pidnap, follower);
      if (what === 'restarts') await pidnap.client.restart({ name: db });
      else process.kill((await pidnap.client.get({ name: db })).pid ?? 0, 'SIGKILL');
      const second = await reach(follower, 'running', 2);
      const newDb = await reach(db, 'running', 2);
      expect(second).toMatchObject({ runs: 2, restarts: 0 });
      expect(second.pid).not.toBe(first.pid);
      expect(second.startedAt).toBeGreaterThanOrEqual(newDb.startedAt ?? Infinity);
      expect(changes[0]).toMatchObject({ to: 'stopping', process: { reason: 'dependency-lost' } });
      expect(changes[0]?.process.message).toContain(`no longer holds: ${db} to be healthy`);
      expect(await pidnap.client.get({ name: keeper })).toMatchObject({ pid: kept.pid, runs: 1 });
    },
  );

  it('because that turned unhealthy, it waits until that is healthy again', async () => {
    const well = scratchPath('well');
    writeFileSync(well, '');
    await add({
      // A policy that does not restart failures: bad health is only shown.
      'h-db': sleeper({ restart: 'on-success', health: whileThere(well) }),
      'h-app': sleeper({ dependsOn: [{ process: 'h-db', whenLost: 'restart' }] }),
    });
    await reach('h-app', 'running');
    rmSync(well);
    expect(await reach('h-app', 'blocked')).toMatchObject({ pid: null, signal: 'SIGTERM' });
    const db = await pidnap.client.get({ name: 'h-db' });
    expect(db).toMatchObject({ state: 'running', runs: 1, health: { status: 'unhealthy' } });
    writeFileSync(well, '');
    await reach('h-app', 'running', 2);
    expect(await pidnap.client.get({ name: 'h-db' })).toMatchObject({ pid: db.pid, runs: 1 });
  });

  it('because somebody stopped that, it waits until somebody starts it', async () => {
    await add({
      'u-db': sleeper(),
      'u-app': sleeper({ dependsOn: [{ process: 'u-db', whenLost: 'restart' }] }),
      'u-edge': sleeper({ dependsOn: [{ process: 'u-app', whenLost: 'restart' }] }),
    });
    await reach('u-edge', 'running');
    await pidnap.client.stop({ name: 'u-db' });
    expect((await reach('u-app', 'blocked')).message).toMatch(/waits for u-db to be healthy/);
    // A chain follows link by link.
    await reach('u-edge', 'blocked');
    await pidnap.client.start({ name: 'u-db' });
    await reach('u-edge', 'running', 2);
  });
});

describe('when what a waiting process depends on', () => {
  it.each(['fails', 'is stopped'] as const)(
    '%s, it says so and waits, or fails as well with "fail"',
    async (what) => {
      const name = (role: string): string => `${what.replace(' ', '-')}-${role}`;
      const mended = scratchPath('mended');
      await add({
        [name('base')]:
          what === 'fails' ? task(`test -e ${mended}`) : task('sleep 1000', { autostart: false }),
        [name('patient')]: sleeper({ dependsOn: [{ process: name('base') }] }),
        [name('strict')]: sleeper({ dependsOn: [{ process: name('base'), whenFailed: 'fail' }] }),
        [name('next')]: sleeper({ dependsOn: [{ process: name('strict'), whenFailed: 'fail' }] }),
      });
      const state = what === 'fails' ? 'failed' : 'stopped';
      await reach(name('base'), state);
      expect(await reach(name('strict'), 'failed')).toMatchObject({
        reason: 'dependency-failed',
        message: `needs ${name('base')} to be completed (it is ${state})`,
        runs: 0,
        exitCode: null,
      });
      await reach(name('next'), 'failed');
      expect(await reach(name('patient'), 'blocked')).toMatchObject({
        reason: 'dependency-failed',
        blockedOn: [{ process: name('base'), condition: 'completed', state }],
      });
      if (what === 'is stopped') await pidnap.client.update({ name: name('base'), definition: task('true') });
      writeFileSync(mended, '');
      await pidnap.client.start({ name: name('base') });
      await reach(name('patient'), 'running');
      // Only a command leaves `failed`.
      await pidnap.client.start({ name: name('strict') });
      await reach(name('strict'), 'running');
    },
  );
});
