import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { shell, sleeper, task } from './definitions.ts';
import { changesOf, eventually, scratchPath, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

/** Times that were shown at different moments may differ by as much: clocks tell whole milliseconds. */
const ROUNDING_MS = 2;
const HOUR = 3_600_000;
const get = (name: string) => pidnap.client.get({ name });
const stepping = { node: ['--import', join(import.meta.dirname, 'fixtures/clock-step.mjs')] };
const setClock = async (signal: 'SIGUSR1' | 'SIGUSR2'): Promise<void> => {
  const { now } = await pidnap.client.info();
  pidnap.child.kill(signal);
  await eventually(async () => Math.abs((await pidnap.client.info()).now - now) > HOUR / 2);
};

describe('when the clock of the machine is set', () => {
  it.each([
    ['forward', 'SIGUSR1', HOUR],
    ['back', 'SIGUSR2', -HOUR],
  ] as const)('%s by an hour, past times move with it and durations stay', async (_where, signal, stepMs) => {
    pidnap = await startTestPidnap({ web: sleeper(), task: task('sleep 0.05') }, stepping);
    await pidnap.client.wait({ name: 'web', until: 'running' });
    await pidnap.client.wait({ name: 'task', until: 'completed' });
    const read = async () => ({
      web: await get('web'),
      task: await get('task'),
      run: (await pidnap.client.history({ name: 'task' }))[0],
      info: await pidnap.client.info(),
    });
    const before = await read();
    await setClock(signal);
    const after = await read();
    const moved = [
      [before.web.stateSince, after.web.stateSince],
      [before.web.queuedAt, after.web.queuedAt],
      [before.web.startedAt, after.web.startedAt],
      [before.web.healthyAt, after.web.healthyAt],
      [before.task.stoppedAt, after.task.stoppedAt],
      [before.run?.startedAt, after.run?.startedAt],
      [before.run?.stoppedAt, after.run?.stoppedAt],
      [before.info.startedAt, after.info.startedAt],
      [before.info.boot.entrypointAt, after.info.boot.entrypointAt],
      [before.info.boot.allHealthyAt, after.info.boot.allHealthyAt],
    ];
    for (const [old, now] of moved) expectNear(now, (old ?? NaN) + stepMs);
    expect(after.task.durationMs).toBe(before.task.durationMs);
    expect(after.run?.waitedMs).toBe(before.run?.waitedMs);
    const [up, later] = [before.web.durationMs ?? NaN, after.web.durationMs ?? NaN];
    expect(later).toSatisfy((ms: number) => ms >= up && ms < HOUR / 2);
  });

  it.each(['SIGUSR1', 'SIGUSR2'] as const)(
    'back-off, grace, health and budget go on as if nothing had been (%s)',
    async (signal) => {
      const beat = scratchPath('beat');
      pidnap = await startTestPidnap({}, stepping);
      const add = (name: string, definition: Parameters<typeof pidnap.client.add>[0]['definition']) =>
        pidnap.client.add({ name, definition });
      await add(
        'waits',
        shell('exit 1', { autostart: false, backoff: { kind: 'constant', initialMs: 800, jitter: 0 } }),
      );
      await add(
        'stubborn',
        shell('trap "" TERM; echo up; while :; do sleep 0.05; done', { stop: { graceMs: 800 } }),
      );
      await add('loops', shell('exit 1', { autostart: false, budget: { maxRestarts: 2, withinMs: 60_000 } }));
      const heartbeat = {
        kind: 'heartbeat',
        path: beat,
        maxAgeMs: 60_000,
        intervalMs: 20,
        startIntervalMs: 20,
        retries: 1,
      } as const;
      await add('beats', shell(`sleep 0.05; touch ${beat}; exec sleep 1000`, { health: heartbeat }));
      await pidnap.client.wait({ name: 'beats', until: 'healthy' });
      await eventually(async () => (await pidnap.linesOf('stubborn')).includes('up'));
      const changes = await Promise.all(
        ['waits', 'stubborn', 'loops'].map((name) => changesOf(pidnap, name)),
      );
      const [waits = [], stubborn = [], loops = []] = changes;

      await pidnap.client.stop({ name: 'stubborn' });
      await pidnap.client.start({ name: 'waits' });
      await eventually(async () => (await get('waits')).state === 'backing-off');
      await pidnap.client.start({ name: 'loops' });
      await setClock(signal);

      // The next run and the SIGKILL come: neither an hour late, nor before their time.
      await pidnap.client.wait({ name: 'waits', until: 'running', minRun: 2 });
      await pidnap.client.wait({ name: 'stubborn', until: 'stopped' });
      expect(await get('stubborn')).toMatchObject({ signal: 'SIGKILL' });
      const spent = (seen: typeof waits, from: string) =>
        seen.find((change) => change.from === from)?.durationMs;
      await eventually(
        () => spent(waits, 'backing-off') !== undefined && spent(stubborn, 'stopping') !== undefined,
      );
      for (const ms of [spent(waits, 'backing-off'), spent(stubborn, 'stopping')])
        expect(ms).toSatisfy((duration: number) => duration >= 800 && duration < HOUR / 2);
      await pidnap.client.wait({ name: 'loops', until: 'failed' });
      expect(await get('loops')).toMatchObject({ runs: 3, reason: 'budget-used-up' });
      expect(loops.every(({ durationMs }) => durationMs >= 0 && durationMs < HOUR / 2)).toBe(true);
      const { checkedAt } = (await get('beats')).health;
      await eventually(async () => ((await get('beats')).health.checkedAt ?? 0) > (checkedAt ?? 0));
      expect(await get('beats')).toMatchObject({ state: 'running', runs: 1, health: { status: 'healthy' } });
    },
  );
});

function expectNear(actual: number | null | undefined, expected: number): void {
  expect(actual).toSatisfy((time: number) => Math.abs(time - expected) <= ROUNDING_MS);
}
