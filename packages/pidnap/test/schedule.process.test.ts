import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import { awaits, shell, sleeper } from './definitions.ts';
import {
  changesOf,
  eventually,
  linesIn,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

let pidnap: TestPidnap;
beforeAll(async () => void (pidnap = await startTestPidnap({})));
afterAll(() => pidnap.end());

const EACH_SECOND = '* * * * * *';
const ONCE_A_YEAR = '0 0 1 1 *';
const add = (name: string, definition: ProcessDefinitionInput) => pidnap.client.add({ name, definition });
const get = (name: string) => pidnap.client.get({ name });
const gone = (name: string) => pidnap.client.remove({ name });

describe('a process with a schedule', () => {
  it('of six fields runs each second, once, and tells between the runs when the next one is', async () => {
    const file = scratchPath('times');
    await add('second', shell(`date +%s >> ${file}; exit 3`, { schedule: { cron: EACH_SECOND } }));
    const resting = await eventually(async () => {
      const [view, now] = [await get('second'), Date.now()];
      return view.state === 'scheduled' && view.runs > 0 && { ...view, now };
    });
    expect(resting).toMatchObject({ reason: 'exited-nonzero', exitCode: 3, pid: null, restarts: 0 });
    expect((resting.nextStartAt ?? 0) % 1000).toBe(0);
    expect((resting.nextStartAt ?? 0) - (resting.startedAt ?? 0)).toBeLessThanOrEqual(2000);
    await eventually(() => linesIn(file).length >= 3);
    await gone('second');
    const seconds = linesIn(file).map(Number);
    // A late start may share its second with the next one; more runs than times there are not.
    expect(seconds.length).toBeLessThanOrEqual((seconds.at(-1) ?? 0) - (seconds[0] ?? 0) + 2);
  });

  it('is due by the clock of its time zone', async () => {
    await add('berlin', sleeper({ schedule: { cron: '0 4 * * *', timezone: 'Europe/Berlin' } }));
    const { state, reason, runs, nextStartAt } = await get('berlin');
    expect([state, reason, runs]).toEqual(['scheduled', 'scheduled', 0]);
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'medium' });
    expect(format.format(nextStartAt ?? 0)).toBe('04:00:00');
    expect((nextStartAt ?? 0) - Date.now()).toSatisfy((ms: number) => ms > 0 && ms <= 25 * 3_600_000);
  });

  it('runs at once on start and restart, rests on stop, and is back on its schedule after a run', async () => {
    const file = scratchPath('go');
    await add('yearly', shell(awaits(file), { schedule: { cron: ONCE_A_YEAR } }));
    const { nextStartAt } = await get('yearly');
    expect(await pidnap.client.start({ name: 'yearly' })).toMatchObject({
      runs: 1,
      nextStartAt: null,
    });
    writeFileSync(file, '');
    const { process: rested } = await pidnap.client.wait({ name: 'yearly', until: 'scheduled', minRun: 1 });
    expect(rested).toMatchObject({ reason: 'exited-zero', exitCode: 0, nextStartAt });

    await pidnap.client.stop({ name: 'yearly' });
    expect(await get('yearly')).toMatchObject({ state: 'stopped', desired: 'down', nextStartAt: null });
    rmSync(file);
    await pidnap.client.restart({ name: 'yearly' });
    await pidnap.client.wait({ name: 'yearly', until: 'running', minRun: 2 });
    await pidnap.client.restart({ name: 'yearly' });
    const { process: third } = await pidnap.client.wait({ name: 'yearly', until: 'running', minRun: 3 });
    expect(third.signal).toBe('SIGTERM');
    await pidnap.client.stop({ name: 'yearly' });
    await pidnap.client.wait({ name: 'yearly', until: 'stopped' });
    expect(await get('yearly')).toMatchObject({ runs: 3, restarts: 0 });
  });

  it('that is stopped is not due', async () => {
    const file = scratchPath('times');
    await add('off', shell(`date +%s >> ${file}`, { schedule: { cron: EACH_SECOND }, autostart: false }));
    const witness = scratchPath('witness');
    await add('witness', shell(`date +%s >> ${witness}`, { schedule: { cron: EACH_SECOND } }));
    await eventually(() => linesIn(witness).length >= 2);
    expect([linesIn(file), await get('off')]).toMatchObject([[], { state: 'stopped', runs: 0 }]);
    await gone('witness');
  });

  it('does not make up for the times that passed while pidnap was away', async () => {
    const file = scratchPath('times');
    const own = await startTestPidnap({});
    try {
      let at = 0;
      do {
        // A time soon, and the only one today: pidnap is gone before it comes.
        at = Math.ceil(Date.now() / 1000 + 2) * 1000;
        const soon = new Date(at);
        const cron = `${soon.getUTCSeconds()} ${soon.getUTCMinutes()} ${soon.getUTCHours()} * * *`;
        await own.client.remove({ name: 'daily' });
        await own.client.add({
          name: 'daily',
          definition: shell(`date >> ${file}`, { schedule: { cron, timezone: 'UTC' } }),
        });
        expect((await own.client.get({ name: 'daily' })).nextStartAt).toBe(at);
        own.child.kill('SIGKILL');
        await own.exited();
        if (Date.now() >= at) await own.startAgain();
      } while (Date.now() >= at);
      await eventually(() => Date.now() > at);
      await own.startAgain();
      expect(await own.client.get({ name: 'daily' })).toMatchObject({
        state: 'scheduled',
        runs: 0,
        skippedRuns: 0,
        nextStartAt: at + 86_400_000,
      });
      expect(linesIn(file)).toEqual([]);
    } finally {
      await own.end();
    }
  });

  it.each([
    ['* * *', 'processes.bad.schedule.cron: expected five or six cron fields'],
    ['61 * * * *', 'processes.bad.schedule.cron: expected five or six cron fields'],
    ['0 0 30 2 *', 'processes.bad.schedule.cron: expected a time that ever comes, got "0 0 30 2 *"'],
  ])('is refused with the pattern %j', async (cron, problem) => {
    await expect(add('bad', sleeper({ schedule: { cron } }))).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      data: { problems: [expect.stringContaining(problem)] },
    });
  });
});

describe('a time that comes during a run', () => {
  const held = (file: string, overlap: 'skip' | 'queue' | 'replace') =>
    shell(awaits(file), { schedule: { cron: EACH_SECOND, overlap } });

  it('is left out and counted with "skip"', async () => {
    const file = scratchPath('go');
    await add('skip', held(file, 'skip'));
    const busy = await eventually(async () => {
      const view = await get('skip');
      return view.skippedRuns >= 2 && view;
    });
    expect(busy).toMatchObject({ state: 'running', runs: 1 });
    writeFileSync(file, '');
    await pidnap.client.wait({ name: 'skip', until: 'scheduled', minRun: 2 });
    await gone('skip');
  });

  it('is one run that follows at once with "queue", however many times came', async () => {
    const file = scratchPath('go');
    await add('queue', held(file, 'queue'));
    const changes = await changesOf(pidnap, 'queue');
    // One time waits in the queue, one more came after it.
    await eventually(async () => (await get('queue')).skippedRuns >= 1);
    expect((await get('queue')).runs).toBe(1);
    writeFileSync(file, '');
    await pidnap.client.wait({ name: 'queue', until: 'scheduled', minRun: 2 });
    // The stream of changes may come after the answer.
    const after = await eventually(async () =>
      changes.find(({ from, to }) => from === 'running' && to !== 'running'),
    );
    expect(after).toMatchObject({ to: 'pending', process: { reason: 'schedule-due', exitCode: 0 } });
    await gone('queue');
  });

  it('ends the run and begins a new one with "replace"', async () => {
    await add('replace', held(scratchPath('never'), 'replace'));
    await pidnap.client.wait({ name: 'replace', until: 'running', minRun: 3 });
    const [, second, first] = await pidnap.client.history({ name: 'replace' });
    expect([first, second]).toMatchObject([
      { run: 1, signal: 'SIGTERM', message: 'a time of the schedule came' },
      { run: 2, signal: 'SIGTERM' },
    ]);
    expect((await get('replace')).skippedRuns).toBe(0);
    await gone('replace');
  });
});
