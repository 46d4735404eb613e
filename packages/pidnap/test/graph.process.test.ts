import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput, ProcessState } from '../src/contract.ts';
import { shell, sleeper, task } from './definitions.ts';
import { eventually, scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

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

describe('a graph that cannot work', () => {
  const on = (...processes: string[]) => ({ dependsOn: processes.map((process) => ({ process })) });

  it('is refused at load, each problem with its path, and nothing is started', async () => {
    const ran = scratchPath('ran');
    const refused = startTestPidnap({
      first: shell(`touch ${ran}; sleep 1000`),
      a: sleeper(on('b')),
      b: sleeper(on('c')),
      c: sleeper(on('a')),
      self: sleeper(on('self')),
      lost: sleeper(on('firts')),
      endless: sleeper({ dependsOn: [{ process: 'first', condition: 'completed' }] }),
      nightly: task('true', { schedule: { cron: '0 4 * * *' } }),
      after: sleeper(on('nightly')),
    });
    const error: Error = await refused.then(
      () => new Error('it was taken'),
      (reason: Error) => reason,
    );
    expect(error.message).toContain('pidnap ended with code 2');
    for (const problem of [
      'processes.a.dependsOn: the dependencies form a cycle: a -> b -> c -> a',
      'processes.self.dependsOn: the dependencies form a cycle: self -> self',
      'processes.lost.dependsOn.0.process: expected the name of a known process, got "firts"; did you mean "first"?',
      'processes.endless.dependsOn.0.condition: "first" never completes: its restart policy is "always"',
      'processes.after.dependsOn.0.process: "nightly" runs on a schedule, nothing can depend on it',
    ])
      expect(error.message).toContain(problem);
    expect(existsSync(ran)).toBe(false);
  });

  it('is refused by the API, and the definition that holds goes on to hold', async () => {
    await add({ 'g-a': sleeper(), 'g-b': sleeper(on('g-a')), 'g-c': sleeper(on('g-b')) });
    const before = await reach('g-a', 'running');
    await expect(pidnap.client.update({ name: 'g-a', definition: sleeper(on('g-c')) })).rejects.toMatchObject(
      {
        code: 'INVALID_DEFINITION',
        status: 422,
        data: {
          problems: ['processes.g-a.dependsOn: the dependencies form a cycle: g-a -> g-c -> g-b -> g-a'],
        },
      },
    );
    const scheduled = sleeper({ schedule: { cron: '0 4 * * *' } });
    await expect(pidnap.client.update({ name: 'g-a', definition: scheduled })).rejects.toMatchObject({
      data: {
        problems: [expect.stringContaining('processes.g-b.dependsOn.0.process: "g-a" runs on a schedule')],
      },
    });
    const contradiction = sleeper({ restart: 'always', schedule: { cron: '0 4 * * *' } });
    await expect(pidnap.client.add({ name: 'g-d', definition: contradiction })).rejects.toMatchObject({
      data: {
        problems: ['processes.g-d.restart: expected "never" for a process with a schedule, got "always"'],
      },
    });
    expect(await pidnap.client.get({ name: 'g-a' })).toEqual({
      ...before,
      durationMs: expect.any(Number) as number,
    });
    await expect(pidnap.client.get({ name: 'g-d' })).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
    await eventually(async () => (await pidnap.client.get({ name: 'g-c' })).state === 'running');
  });
});
