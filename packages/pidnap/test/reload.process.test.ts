import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import { readEnvironment } from '../src/shell/process-table.ts';
import { sleeper, shell } from './definitions.ts';
import {
  eventually,
  isAlive,
  pidFrom,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

const NOTHING = { added: [], removed: [], restarted: [], adjusted: [], unchanged: [], needsRestart: [] };
const get = (name: string) => pidnap.client.get({ name });
const running = async (name: string, minRun = 1) => {
  const { reached, process: view } = await pidnap.client.wait({ name, until: 'running', minRun });
  expect([name, reached]).toEqual([name, true]);
  return view;
};
const pids = async () => Object.fromEntries((await pidnap.client.list()).map(({ name, pid }) => [name, pid]));

describe('reload', () => {
  it('touches only what changed: new runs, new rules without a new run, comings and goings', async () => {
    const left = scratchPath('left');
    const before: Record<string, ProcessDefinitionInput> = {
      same: sleeper(),
      command: sleeper(),
      environment: sleeper({ env: { A: '1' } }),
      rules: sleeper({ budget: { maxRestarts: 0 } }),
      edges: sleeper({ dependsOn: [{ process: 'same' }] }),
      leaves: shell(`(setsid sleep 1000 & echo $! > ${left}); exec sleep 1000`),
      down: sleeper({ autostart: false }),
    };
    pidnap = await startTestPidnap(before);
    const tree = await pidFrom(left);
    for (const name of Object.keys(before)) if (name !== 'down') await running(name);
    const old = await pids();
    const { leaves: _, ...stay } = before;
    const processes = {
      comes: sleeper({ dependsOn: [{ process: 'command' }] }),
      ...stay,
      command: sleeper({ command: ['sleep', '2000'] }),
      environment: sleeper({ env: { A: '2' } }),
      rules: sleeper({
        budget: null,
        stop: { signal: 'SIGINT', graceMs: 400 },
        health: { kind: 'command', command: ['true'], intervalMs: 20 },
      }),
      edges: sleeper({ dependsOn: [{ process: 'same' }, { process: 'rules' }] }),
      down: sleeper({ autostart: false, command: ['sleep', '3000'] }),
    };
    pidnap.writeConfig({ processes });
    const outcome = {
      ...NOTHING,
      added: ['comes'],
      removed: ['leaves'],
      restarted: ['command', 'environment'],
      adjusted: ['rules', 'edges', 'down'],
      unchanged: ['same'],
    };
    expect(await pidnap.client.reload({ dryRun: true })).toEqual(outcome);
    expect(await pids()).toEqual(old);

    expect(await pidnap.client.reload({})).toEqual(outcome);
    await running('comes');
    expect(await running('command', 2)).toMatchObject({
      restarts: 0,
      definition: { command: ['sleep', '2000'] },
    });
    const environment = await running('environment', 2);
    expect(readEnvironment(environment.pid ?? 0).get('A')).toBe('2');
    expect([isAlive(old['leaves'] ?? 0), isAlive(tree)]).toEqual([false, false]);
    expect(await pids()).toMatchObject({ same: old['same'], rules: old['rules'], edges: old['edges'] });
    expect(await get('down')).toMatchObject({ state: 'stopped', runs: 0 });
    // The new rules hold for the run that was up before them: asked for its health, killed once too often, by SIGINT.
    await eventually(async () => (await get('rules')).health.status === 'healthy');
    process.kill(old['rules'] ?? 0, 'SIGKILL');
    await running('rules', 2);
    await pidnap.client.stop({ name: 'rules' });
    const { process: rules } = await pidnap.client.wait({ name: 'rules', until: 'stopped' });
    expect(rules.signal).toBe('SIGINT');
    expect(await pidnap.client.reload({})).toMatchObject({
      ...NOTHING,
      unchanged: ['comes', ...Object.keys(stay)],
    });
  });

  it('puts a service on a schedule and takes it off again', async () => {
    pidnap = await startTestPidnap({ job: sleeper() });
    await running('job');
    pidnap.writeConfig({ processes: { job: sleeper({ schedule: { cron: '0 0 1 1 *' } }) } });
    expect(await pidnap.client.reload({})).toMatchObject({ restarted: ['job'] });
    const { process: rests } = await pidnap.client.wait({ name: 'job', until: 'scheduled' });
    expect(rests).toMatchObject({ pid: null, reason: 'definition-changed', runs: 1 });
    pidnap.writeConfig({ processes: { job: sleeper() } });
    await pidnap.client.reload({});
    await running('job', 2);
  });

  it('changes nothing by a file that cannot be used, and says what is wrong with it', async () => {
    pidnap = await startTestPidnap({ web: sleeper(), db: sleeper() });
    await Promise.all([running('web'), running('db')]);
    await pidnap.client.add({ name: 'guest', definition: sleeper({ dependsOn: [{ process: 'db' }] }) });
    await running('guest');
    const old = await pids();
    const broken: [string, string][] = [
      ['{ "processes": { "web": ', 'line 1, column 25: expected a value'],
      [
        JSON.stringify({ stateDir: `${pidnap.dir}/state`, proceses: {} }),
        'proceses: this field is not known',
      ],
    ];
    for (const [text, problem] of broken) {
      writeFileSync(pidnap.configFile, text);
      await expect(pidnap.client.reload({})).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        status: 422,
        data: { problems: [expect.stringContaining(problem)] },
      });
    }
    const web = sleeper({ command: ['sleep', '2000'] });
    const impossible: [Record<string, ProcessDefinitionInput>, string][] = [
      [{ web: { ...web, dependsOn: [{ process: 'web' }] }, db: sleeper() }, 'form a cycle: web -> web'],
      // By itself the file is right; what came through the API needs what it leaves out.
      [{ web }, 'processes.guest.dependsOn.0.process: expected the name of a known process, got "db"'],
    ];
    for (const [processes, problem] of impossible) {
      pidnap.writeConfig({ processes });
      for (const dryRun of [true, false])
        await expect(pidnap.client.reload({ dryRun })).rejects.toMatchObject({
          data: { problems: [expect.stringContaining(problem)] },
        });
    }
    expect(await pids()).toEqual(old);
    pidnap.writeConfig({ processes: { web, db: sleeper() } });
    expect(await pidnap.client.reload({})).toMatchObject({ restarted: ['web'], unchanged: ['db', 'guest'] });
  });

  it('leaves what came through the API, until the file says something new about it', async () => {
    const processes = { updated: sleeper(), removed: sleeper(), plain: sleeper() };
    pidnap = await startTestPidnap(processes);
    await Promise.all(Object.keys(processes).map((name) => running(name)));
    await pidnap.client.update({ name: 'updated', definition: sleeper({ command: ['sleep', '2000'] }) });
    await pidnap.client.remove({ name: 'removed' });
    await pidnap.client.add({ name: 'added', definition: sleeper() });
    await running('updated', 2);
    const old = await pids();
    pidnap.writeConfig({ processes: { ...processes, plain: sleeper({ minUptimeMs: 1 }) } });
    expect(await pidnap.client.reload({})).toEqual({
      ...NOTHING,
      adjusted: ['plain'],
      unchanged: ['updated', 'added'],
    });
    expect(await pids()).toEqual(old);
    expect(await get('updated')).toMatchObject({ source: 'api' });

    const said = sleeper({ command: ['sleep', '3000'] });
    pidnap.writeConfig({ processes: { updated: said, removed: said, plain: sleeper({ minUptimeMs: 1 }) } });
    expect(await pidnap.client.reload({})).toEqual({
      ...NOTHING,
      added: ['removed'],
      restarted: ['updated'],
      unchanged: ['plain', 'added'],
    });
    expect(await running('updated', 3)).toMatchObject({ source: 'config', definition: said });
    expect(await running('removed')).toMatchObject({ source: 'config' });
    // It is remembered as well: the next pidnap knows the same.
    pidnap.child.kill('SIGTERM');
    await pidnap.exited();
    await pidnap.startAgain();
    expect(Object.keys(await pids()).toSorted()).toEqual(['added', 'plain', 'removed', 'updated']);
    expect((await get('updated')).definition.command).toEqual(['sleep', '3000']);
  });

  it('tells what holds from the next start on only', async () => {
    pidnap = await startTestPidnap({ web: sleeper() });
    pidnap.writeConfig({
      markerEnv: ['OTHER'],
      exitWith: 'web',
      leftovers: 'end',
      stateDir: `${pidnap.dir}/other`,
    });
    expect(await pidnap.client.reload({})).toEqual({
      ...NOTHING,
      unchanged: ['web'],
      needsRestart: ['stateDir', 'leftovers', 'exitWith', 'markerEnv'],
    });
  });

  it('asked for many times at once is carried out once', async () => {
    pidnap = await startTestPidnap({ web: sleeper() });
    await running('web');
    pidnap.writeConfig({ processes: { web: sleeper({ env: { A: '1' } }), more: sleeper() } });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => pidnap.client.reload({})));
    expect(outcomes.filter(({ added, restarted }) => added.length + restarted.length > 0)).toHaveLength(1);
    await running('more');
    expect(await running('web', 2)).toMatchObject({ runs: 2 });
  });
});
