import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthStatus, ProcessDefinitionInput } from '../src/contract.ts';
import { shell, sleeper, whileThere } from './definitions.ts';
import {
  eventually,
  isAlive,
  linesIn,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

let pidnap: TestPidnap;
beforeAll(async () => void (pidnap = await startTestPidnap({})));
afterAll(() => pidnap.end());

/** Asks often, forgives nothing, and has a policy under which bad health is only shown. */
const OFTEN = { intervalMs: 20, startIntervalMs: 20, startPeriodMs: 0, retries: 2 };
const add = (name: string, definition: ProcessDefinitionInput) =>
  pidnap.client.add({ name, definition: { restart: 'on-success', ...definition } });
const get = (name: string) => pidnap.client.get({ name });
const becomes = (name: string, status: (typeof HealthStatus)['options'][number]) =>
  eventually(
    async () => {
      const view = await get(name);
      return view.health.status === status && view;
    },
    () => `${name} to be ${status}`,
  );

describe('failures', () => {
  it('in the start period do not count until a probe has passed, and all count after it', async () => {
    const [asked, well] = [scratchPath('asked'), scratchPath('well')];
    const command = `echo asked >> ${asked}; test -e ${well}`;
    const health = { kind: 'command', command, ...OFTEN, startPeriodMs: 3_600_000 } as const;
    await add('starting', sleeper({ health }));
    await eventually(() => linesIn(asked).length >= 6);
    expect(await get('starting')).toMatchObject({
      healthyAt: null,
      health: { status: 'unknown', failures: 0, message: 'exit code 1' },
    });
    writeFileSync(well, '');
    await becomes('starting', 'healthy');
    rmSync(well);
    expect((await becomes('starting', 'unhealthy')).health.failures).toBeGreaterThanOrEqual(2);
  });

  it('make it unhealthy only when as many as retries come in a row', async () => {
    const asked = scratchPath('asked');
    // Two of three fail.
    const command = `echo asked >> ${asked}; test $(( $(wc -l < ${asked}) % 3 )) = 0`;
    const health = { kind: 'command', command, ...OFTEN } as const;
    await add(
      'patient',
      sleeper({ health: { ...health, retries: 3 }, restart: 'always', budget: { maxRestarts: 0 } }),
    );
    await eventually(() => linesIn(asked).length >= 12);
    expect(await get('patient')).toMatchObject({ state: 'running', runs: 1, health: { status: 'healthy' } });
    await pidnap.client.update({
      name: 'patient',
      definition: sleeper({ health: { ...health, retries: 2 }, restart: 'on-success' }),
    });
    await becomes('patient', 'unhealthy');
  });
});

describe('an unhealthy process', () => {
  it.each([
    ['always', true],
    ['unless-stopped', true],
    ['on-failure', true],
    ['on-success', false],
    ['never', false],
  ] as const)('under "%s" is started again: %s', async (restart, again) => {
    const well = scratchPath('well');
    writeFileSync(well, '');
    const name = `ill-${restart}`;
    await add(name, sleeper({ restart, health: whileThere(well) }));
    const { pid } = await becomes(name, 'healthy');
    rmSync(well);
    if (!again) {
      expect(await becomes(name, 'unhealthy')).toMatchObject({ state: 'running', pid, runs: 1 });
      return;
    }
    await pidnap.client.wait({ name, until: 'running', minRun: 2 });
    writeFileSync(well, '');
    const view = await becomes(name, 'healthy');
    expect(view).toMatchObject({ runs: 2, restarts: 1, signal: 'SIGTERM' });
    const [, first] = await pidnap.client.history({ name });
    expect(first?.message).toBe('unhealthy after 2 failed checks: exit code 1');
    expect(isAlive(pid ?? 0)).toBe(false);
  });
});

describe('a new definition', () => {
  it('with the same check asks on as before, and a new check knows what the run has done', async () => {
    const beat = scratchPath('beat');
    const heartbeat = {
      kind: 'heartbeat',
      path: beat,
      maxAgeMs: 3_600_000,
      ...OFTEN,
      retries: 1,
      startPeriodMs: 60_000,
    } as const;
    // One beat and one line, at the start of the run, are all there is.
    const script = `echo it is up; sleep 0.1; touch ${beat}; exec sleep 1000`;
    const definition = shell(script, { restart: 'always', health: heartbeat });
    await add('kept', definition);
    const first = await becomes('kept', 'healthy');
    const update = async (more: Partial<ProcessDefinitionInput>): Promise<void> => {
      const since = await pidnap.client.update({ name: 'kept', definition: { ...definition, ...more } });
      const checked = await eventually(async () => {
        const view = await get('kept');
        return (view.health.checkedAt ?? 0) > (since.health.checkedAt ?? 0) && view;
      });
      expect(checked).toMatchObject({ state: 'running', pid: first.pid, health: { status: 'healthy' } });
    };
    await update({ minUptimeMs: 77 });
    await update({ health: { ...heartbeat, maxAgeMs: 1_800_000 } });
    await update({ health: { kind: 'log', pattern: 'is up$', ...OFTEN, retries: 1 } });
  });
});

describe('an adopted process', () => {
  it('keeps its health, and what was seen of it before counts', async () => {
    const beat = scratchPath('beat');
    const own = await startTestPidnap({
      // One beat and one line are all there is; another failed check, and they would be started anew.
      beats: shell(`sleep 0.05; touch ${beat}; exec sleep 1000`, {
        health: {
          kind: 'heartbeat',
          path: beat,
          maxAgeMs: 60_000,
          ...OFTEN,
          startPeriodMs: 60_000,
          retries: 1,
        },
      }),
      says: shell('echo ready; exec sleep 1000', {
        health: { kind: 'log', pattern: 'ready', ...OFTEN, startPeriodMs: 60_000, retries: 1 },
      }),
      needs: sleeper({
        dependsOn: ['beats', 'says'].map((name) => ({ process: name, whenLost: 'restart' })),
      }),
    });
    try {
      expect((await own.client.wait({ name: 'needs', until: 'running' })).reached).toBe(true);
      const before = await own.client.list();
      own.child.kill('SIGKILL');
      await own.exited();
      await own.startAgain();
      const asked = await own.client.get({ name: 'beats' });
      await eventually(async () => {
        const { health } = await own.client.get({ name: 'beats' });
        return health.status === 'healthy' && (health.checkedAt ?? 0) > (asked.health.checkedAt ?? 0);
      });
      const after = await own.client.list();
      expect(after.map(({ name, pid, state, runs }) => [name, pid, state, runs])).toEqual(
        before.map(({ name, pid, state, runs }) => [name, pid, state, runs]),
      );
      expect(after.map(({ health }) => health.status)).toEqual(['healthy', 'healthy', 'unknown']);
    } finally {
      await own.end();
    }
  });
});
