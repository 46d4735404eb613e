import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import { awaits, shell, sleeper, task } from './definitions.ts';
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

/** Starts pidnap with a process `main` that it ends with, once the file is there. */
async function startWith(
  main: (awaitsGo: string) => ProcessDefinitionInput,
  others: Record<string, ProcessDefinitionInput> = {},
): Promise<{ go: () => void }> {
  const file = scratchPath('go');
  pidnap = await startTestPidnap({ main: main(awaits(file)), ...others }, { config: { exitWith: 'main' } });
  return { go: () => writeFileSync(file, '') };
}

describe('with exitWith, pidnap ends', () => {
  it.each([
    ['0, when it completed', 'exit 0', {}, 0],
    ['its exit code', 'exit 42', {}, 42],
    ['128 + the signal that ended it', 'kill -TERM $$', {}, 143],
    [
      '0, when it failed at first and then completed',
      'exit $(( PIDNAP_RUN < 3 ))',
      { restart: 'on-failure' },
      0,
    ],
    ['its exit code, when it is given up', 'exit 5', { restart: 'always', budget: { maxRestarts: 2 } }, 5],
    [
      'the code of its failure, when only success is repeated',
      'exit $(( PIDNAP_RUN > 2 ))',
      { restart: 'on-success' },
      1,
    ],
  ] as const)('with %s', async (_what, script, more, code) => {
    const { go } = await startWith((awaitsGo) => task(`${awaitsGo}; ${script}`, more));
    go();
    expect(await pidnap.exited()).toEqual([code, null]);
  });

  it('with 1, when it cannot be started', async () => {
    const { go } = await startWith((awaitsGo) => task(awaitsGo, { restart: 'on-success' }));
    const { process: main } = await pidnap.client.wait({ name: 'main', until: 'running' });
    await pidnap.client.update({ name: 'main', definition: task('true', { cwd: '/nowhere' }) });
    expect(await pidnap.exited()).toEqual([1, null]);
    expect(isAlive(main.pid ?? 0)).toBe(false);
    go();
  });

  it('with 1, when it fails because of what it depends on', async () => {
    const { go } = await startWith(
      () => sleeper({ dependsOn: [{ process: 'migrate', whenFailed: 'fail' }] }),
      { migrate: task('sleep 1000') },
    );
    const { process: migrate } = await pidnap.client.wait({ name: 'migrate', until: 'running' });
    process.kill(migrate.pid ?? 0, 'SIGKILL');
    expect(await pidnap.exited()).toEqual([1, null]);
    go();
  });

  it('after it has stopped the others, in their order', async () => {
    const log = scratchPath('order');
    const server = (name: string): string =>
      `trap 'echo ${name} >> ${log}; exit 0' TERM; echo ready; while :; do sleep 0.02; done`;
    const { go } = await startWith((awaitsGo) => task(`${awaitsGo}; exit 3`), {
      db: shell(server('db')),
      app: shell(server('app'), { dependsOn: [{ process: 'db' }] }),
    });
    for (const name of ['db', 'app'])
      await eventually(async () => (await pidnap.linesOf(name)).includes('ready'));
    const pids = (await pidnap.client.list()).map(({ pid }) => pid ?? 0);
    go();
    expect(await pidnap.exited()).toEqual([3, null]);
    expect(linesIn(log)).toEqual(['app', 'db']);
    expect(pids.map(isAlive)).toEqual([false, false, false]);
  });
});

describe('with exitWith, pidnap goes on', () => {
  it('when somebody stops or restarts the process, and ends with it later', async () => {
    const { go } = await startWith((awaitsGo) => task(`${awaitsGo}; exit 6`));
    await pidnap.client.stop({ name: 'main' });
    await pidnap.client.wait({ name: 'main', until: 'stopped' });
    await pidnap.client.start({ name: 'main' });
    await pidnap.client.wait({ name: 'main', until: 'running', minRun: 2 });
    await pidnap.client.restart({ name: 'main' });
    await pidnap.client.wait({ name: 'main', until: 'running', minRun: 3 });
    expect((await pidnap.client.info()).shuttingDown).toBe(false);
    go();
    expect(await pidnap.exited()).toEqual([6, null]);
  });

  it('unless SIGTERM comes first: that end is a clean one', async () => {
    await startWith(() => shell('trap "exit 9" TERM; echo ready; while :; do sleep 0.02; done'));
    await eventually(async () => (await pidnap.linesOf('main')).includes('ready'));
    pidnap.child.kill('SIGTERM');
    expect(await pidnap.exited()).toEqual([0, null]);
  });
});
