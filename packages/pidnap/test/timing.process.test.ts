import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { awaits, shell, sleeper, task, whileThere } from './definitions.ts';
import { eventually, linesIn, scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

/** Times that were shown at different moments may differ by as much: clocks tell whole milliseconds. */
const ROUNDING_MS = 2;
const get = (name: string) => pidnap.client.get({ name });

describe('a run', () => {
  it('shows when it was wanted, started, healthy and over, and how long each took, to whoever saw it too', async () => {
    const [gate, well, seen] = [scratchPath('gate'), scratchPath('well'), scratchPath('seen')];
    const stamp = `date +%s%3N >> ${seen}`;
    const asked = Date.now();
    pidnap = await startTestPidnap({
      gate: task(`${stamp}; ${awaits(gate)}; ${stamp}`),
      web: shell(`trap '${stamp}; exit 4' TERM; ${stamp}; while :; do sleep 0.02; done`, {
        dependsOn: [{ process: 'gate' }],
        health: whileThere(well),
      }),
    });
    await eventually(() => linesIn(seen).length === 1);
    const waiting = await get('web');
    expect(waiting).toMatchObject({ state: 'blocked', startedAt: null, healthyAt: null, durationMs: null });
    writeFileSync(gate, '');
    await eventually(() => linesIn(seen).length === 3);
    const running = await get('web');
    expect(running).toMatchObject({ state: 'running', healthyAt: null, stoppedAt: null });
    const wellAt = Date.now();
    writeFileSync(well, '');
    await pidnap.client.wait({ name: 'web', until: 'healthy' });
    await pidnap.client.stop({ name: 'web' });
    const { process: stopped } = await pidnap.client.wait({ name: 'web', until: 'stopped' });

    const { queuedAt, startedAt, healthyAt, stoppedAt } = stopped;
    const [, gateOver, webBegan, webEnds] = linesIn(seen).map(Number) as [number, number, number, number];
    expectOrder([asked, queuedAt, gateOver, startedAt, wellAt, healthyAt, webEnds, stoppedAt, Date.now()]);
    expectOrder([queuedAt, webBegan, wellAt]);
    expectNear(waiting.queuedAt, queuedAt ?? 0);
    const [run] = await pidnap.client.history({ name: 'web' });
    expect(run).toMatchObject({ run: 1, exitCode: 4, signal: null, message: 'somebody asked for a stop' });
    expectNear(run?.waitedMs, (startedAt ?? 0) - (queuedAt ?? 0));
    expectNear(run?.toHealthyMs, (healthyAt ?? 0) - (startedAt ?? 0));
    expectNear(run?.durationMs, (stoppedAt ?? 0) - (startedAt ?? 0));
    expect(run?.durationMs).toBe(stopped.durationMs);
    expect(run?.durationMs).toBeGreaterThanOrEqual(webEnds - webBegan - ROUNDING_MS);
  });

  it('is in the history, newest first, also when it could not be started; the last 20 stay', async () => {
    const program = scratchPath('program');
    pidnap = await startTestPidnap({});
    const definition = sleeper({ command: [program], restart: 'never' });
    await pidnap.client.add({ name: 'many', definition });
    await pidnap.client.wait({ name: 'many', until: 'failed' });
    writeFileSync(program, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    for (let run = 2; run <= 24; run++) {
      await pidnap.client.start({ name: 'many' });
      await pidnap.client.wait({ name: 'many', until: 'completed', minRun: run });
      if (run > 3) continue;
      const past = await pidnap.client.history({ name: 'many' });
      expect(past.at(-1)).toMatchObject({ run: 1, pid: null, startedAt: null, durationMs: null });
      expect(past[0]).toMatchObject({ run, exitCode: 0, message: 'exited with code 0' });
    }
    const all = await pidnap.client.history({ name: 'many', limit: 100 });
    expect(all.map(({ run }) => run)).toEqual(Array.from({ length: 20 }, (_, index) => 24 - index));
    expect(new Set(all.map(({ pid }) => pid)).size).toBe(20);
    expect(await pidnap.client.history({ name: 'many', limit: 2 })).toEqual(all.slice(0, 2));
    pidnap.child.kill('SIGTERM');
    await pidnap.exited();
    await pidnap.startAgain();
    const kept = await pidnap.client.history({ name: 'many', limit: 100 });
    expect(kept.map(({ run, pid, durationMs }) => [run, pid, durationMs])).toEqual(
      all.map(({ run, pid, durationMs }) => [run, pid, durationMs]),
    );
  });
});

describe('a start of pidnap', () => {
  it('tells when its tasks were complete and when all was healthy, once and for all', async () => {
    const [migrated, mended, well] = [scratchPath('migrated'), scratchPath('mended'), scratchPath('well')];
    const asked = Date.now();
    pidnap = await startTestPidnap({
      migrate: task(awaits(migrated)),
      seed: task(`${awaits(migrated)}; test -e ${mended}`),
      db: sleeper({ health: whileThere(well) }),
      web: sleeper({ dependsOn: [{ process: 'migrate' }, { process: 'seed' }] }),
      // Neither belongs to a start.
      later: task('sleep 1000', { autostart: false }),
      nightly: task('sleep 1000', { schedule: { cron: '0 0 1 1 *' } }),
    });
    await pidnap.client.wait({ name: 'db', until: 'running' });
    const { boot: first } = await pidnap.client.info();
    expect(first).toMatchObject({ tasksCompleteAt: null, allHealthyAt: null });
    writeFileSync(migrated, '');
    await pidnap.client.wait({ name: 'migrate', until: 'completed' });
    await pidnap.client.wait({ name: 'seed', until: 'failed' });
    expect((await pidnap.client.info()).boot).toMatchObject({ tasksCompleteAt: null, allHealthyAt: null });
    writeFileSync(mended, '');
    await pidnap.client.start({ name: 'seed' });
    const { process: web } = await pidnap.client.wait({ name: 'web', until: 'running' });
    const { process: seed } = await pidnap.client.wait({ name: 'seed', until: 'completed' });
    const { boot: second } = await pidnap.client.info();
    expectOrder([seed.stoppedAt, second.tasksCompleteAt, Date.now()]);
    expect(second.allHealthyAt).toBeNull();
    writeFileSync(well, '');
    const { process: db } = await pidnap.client.wait({ name: 'db', until: 'healthy' });
    const { boot } = await pidnap.client.info();
    expect(boot.tasksCompleteAt).toBe(second.tasksCompleteAt);
    expectOrder([web.startedAt, db.healthyAt, boot.allHealthyAt]);
    expectOrder([
      asked,
      boot.entrypointAt,
      boot.readyAt,
      boot.tasksCompleteAt,
      boot.allHealthyAt,
      Date.now(),
    ]);
    await pidnap.client.restart({ name: 'db' });
    await pidnap.client.wait({ name: 'db', until: 'healthy', minRun: 2 });
    expect((await pidnap.client.info()).boot).toEqual(boot);
  });

  it('has both at once when there is nothing to wait for, and takes the time of an entrypoint before it', async () => {
    const at = Date.now() - 5000;
    pidnap = await startTestPidnap({}, { env: { PIDNAP_ENTRYPOINT_AT: String(at) } });
    const { boot } = await pidnap.client.info();
    expectNear(boot.entrypointAt, at);
    expectOrder([boot.tasksCompleteAt, Date.now()]);
    expectOrder([boot.allHealthyAt, Date.now()]);
  });
});

/** Each is there, and none is before the one in front of it. */
function expectOrder(times: readonly (number | null)[]): void {
  for (const [index, time] of times.entries()) {
    expect(time).not.toBeNull();
    expect(time).toBeGreaterThanOrEqual((times[index - 1] ?? 0) - ROUNDING_MS);
  }
}

function expectNear(actual: number | null | undefined, expected: number): void {
  expect(actual).toSatisfy((time: number) => Math.abs(time - expected) <= ROUNDING_MS);
}
