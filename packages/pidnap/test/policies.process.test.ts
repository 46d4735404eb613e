import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessDefinitionInput, ProcessState, StateChange } from '../src/contract.ts';
import { sleeper, shell } from './definitions.ts';
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

const reach = async (name: string, until: ProcessState, minRun = 0) => {
  const { reached, process: view } = await pidnap.client.wait({ name, until, minRun });
  expect([name, reached ? until : view.state]).toEqual([name, until]);
  return view;
};

/** Ends with the exit codes one after the other, run by run; from then on runs until it is ended. */
function exits(file: string, ...codes: number[]): Partial<ProcessDefinitionInput> {
  const script = [
    `echo run >> ${file}`,
    `case $(wc -l < ${file}) in`,
    ...codes.map((code, index) => `${index + 1}) exit ${code};;`),
    'esac',
    'exec sleep 1000',
  ];
  return shell(script.join('\n'));
}

describe('a policy', () => {
  it.each([
    ['always', [0, 3], { state: 'running', runs: 3, restarts: 2 }],
    ['unless-stopped', [0, 3], { state: 'running', runs: 3, restarts: 2 }],
    ['on-failure', [3, 0], { state: 'completed', runs: 2, restarts: 1, exitCode: 0, reason: 'exited-zero' }],
    ['on-success', [0, 3], { state: 'failed', runs: 2, restarts: 1, exitCode: 3, reason: 'exited-nonzero' }],
    ['never', [0], { state: 'completed', runs: 1, restarts: 0, exitCode: 0 }],
    ['never', [3], { state: 'failed', runs: 1, restarts: 0, exitCode: 3 }],
  ] as const)('"%s" after the exit codes %j', async (restart, codes, expected) => {
    const file = scratchPath(restart);
    const name = `policy-${restart}-${codes.join('-')}`;
    await pidnap.client.add({ name, definition: { ...sleeper(), ...exits(file, ...codes), restart } });
    expect(await reach(name, expected.state, expected.runs)).toMatchObject(expected);
    // The child kept its own count; it may not have come to write it yet.
    await eventually(() => linesIn(file).length === expected.runs);
  });

  it('takes death by a signal for a failure, and shows the signal', async () => {
    for (const restart of ['on-failure', 'on-success'] as const)
      await pidnap.client.add({ name: `killed-${restart}`, definition: sleeper({ restart }) });
    for (const restart of ['on-failure', 'on-success'])
      process.kill((await reach(`killed-${restart}`, 'running')).pid ?? 0, 'SIGKILL');
    expect(await reach('killed-on-failure', 'running', 2)).toMatchObject({
      signal: 'SIGKILL',
      exitCode: null,
    });
    expect(await reach('killed-on-success', 'failed')).toMatchObject({
      reason: 'killed-by-signal',
      signal: 'SIGKILL',
      runs: 1,
    });
  });

  it('decides whether what somebody stopped is up again after the next start of pidnap', async () => {
    const own = await startTestPidnap({
      always: sleeper(),
      'unless-stopped': sleeper({ restart: 'unless-stopped' }),
      untouched: sleeper({ restart: 'unless-stopped' }),
    });
    try {
      for (const name of ['always', 'unless-stopped']) {
        await own.client.stop({ name });
        await own.client.wait({ name, until: 'stopped' });
      }
      own.child.kill('SIGTERM');
      expect(await own.exited()).toEqual([0, null]);
      await own.startAgain();
      for (const name of ['always', 'untouched'])
        expect((await own.client.wait({ name, until: 'running', minRun: 2 })).reached).toBe(true);
      expect(await own.client.get({ name: 'unless-stopped' })).toMatchObject({ state: 'stopped', runs: 1 });
    } finally {
      await own.end();
    }
  });
});

/** The delays that were decided on, in order: how long after its begin each `backing-off` is to end. */
const delays = (changes: readonly StateChange[]): number[] =>
  changes
    .filter(({ to }) => to === 'backing-off')
    .map(({ process: { nextStartAt, stateSince } }) => (nextStartAt ?? NaN) - stateSince);

describe('the delay before a restart', () => {
  it.each([
    ['constant', { kind: 'constant', initialMs: 30 }, [30, 30, 30, 30]],
    ['linear', { kind: 'linear', initialMs: 20, maxMs: 70 }, [20, 40, 60, 70]],
    ['exponential', { kind: 'exponential', initialMs: 10, factor: 3, maxMs: 100 }, [10, 30, 90, 100]],
  ] as const)('grows by the kind "%s", and is waited for', async (kind, backoff, expected) => {
    const name = `backoff-${kind}`;
    const definition = shell('exit 1', {
      autostart: false,
      backoff: { ...backoff, jitter: 0 },
      budget: { maxRestarts: 4 },
    });
    await pidnap.client.add({ name, definition });
    const changes = await changesOf(pidnap, name);
    await pidnap.client.start({ name });
    await reach(name, 'failed');
    await eventually(() => changes.at(-1)?.to === 'failed');
    expect(delays(changes)).toEqual(expected);
    const waited = changes.filter(({ from }) => from === 'backing-off').map(({ durationMs }) => durationMs);
    for (const [index, ms] of waited.entries())
      expect(ms).toBeGreaterThanOrEqual(expected[index] ?? Infinity);
    expect((await pidnap.client.history({ name })).map(({ run }) => run)).toEqual([5, 4, 3, 2, 1]);
  });

  it('is spread by jitter', async () => {
    const backoff = { kind: 'constant', initialMs: 100, jitter: 0.5 } as const;
    await pidnap.client.add({
      name: 'jitter',
      definition: shell('exit 1', { backoff, budget: { maxRestarts: 4 } }),
    });
    const changes = await changesOf(pidnap, 'jitter');
    await reach('jitter', 'failed');
    await eventually(() => changes.at(-1)?.to === 'failed');
    const seen = delays(changes);
    expect(new Set(seen).size).toBeGreaterThan(1);
    for (const delay of seen) expect(delay).toSatisfy((ms: number) => ms >= 50 && ms <= 150);
  });

  it('becomes the hold in a crash loop, which a command ends', async () => {
    const file = scratchPath('loop');
    await pidnap.client.add({
      name: 'loop',
      definition: {
        ...sleeper({ crashLoop: { restarts: 2, withinMs: 60_000, holdMs: 3_600_000 }, budget: null }),
        ...exits(file, 1, 1, 1),
      },
    });
    const held = await eventually(async () => {
      const view = await pidnap.client.get({ name: 'loop' });
      return view.reason === 'crash-loop' ? view : null;
    });
    expect(held).toMatchObject({ state: 'backing-off', runs: 3, restarts: 3 });
    expect(held.message).toContain('held back: starts again in 3600000 ms');
    expect((held.nextStartAt ?? 0) - held.stateSince).toBe(3_600_000);
    await pidnap.client.start({ name: 'loop' });
    await pidnap.client.restart({ name: 'loop' });
    await reach('loop', 'running', 4);
    await eventually(() => linesIn(file).length === 4);
  });
});

describe('a crash loop', () => {
  it('lasts until a run is stable, also when its restarts are far apart by the hold', async () => {
    const definition = shell('test $PIDNAP_RUN -gt 5 && exec sleep 1000; exit 1', {
      autostart: false,
      backoff: { kind: 'constant', initialMs: 0 },
      crashLoop: { restarts: 2, withinMs: 600, holdMs: 700 },
      budget: null,
    });
    await pidnap.client.add({ name: 'far', definition });
    const changes = await changesOf(pidnap, 'far');
    await pidnap.client.start({ name: 'far' });
    await reach('far', 'running', 6);
    await eventually(() => changes.at(-1)?.process.runs === 6 && changes.at(-1)?.to === 'running');
    const reasons = changes.filter(({ to }) => to === 'backing-off').map(({ process: { reason } }) => reason);
    const held = reasons.indexOf('crash-loop');
    expect(held).toBeGreaterThanOrEqual(2);
    expect(new Set(reasons.slice(held))).toEqual(new Set(['crash-loop']));
  });
});

describe('the budget', () => {
  it('is used up, says so, and is full again after a start', async () => {
    const file = scratchPath('budget');
    const definition = shell(`echo run >> ${file}; exit 9`, { budget: { maxRestarts: 2, withinMs: 60_000 } });
    await pidnap.client.add({ name: 'budget', definition });
    expect(await reach('budget', 'failed')).toMatchObject({
      reason: 'budget-used-up',
      message: 'exited with code 9; given up after 2 restarts within 60000 ms',
      runs: 3,
    });
    await pidnap.client.start({ name: 'budget' });
    await reach('budget', 'failed', 6);
    expect(linesIn(file)).toHaveLength(6);
  });

  it('is full again after a run that was long enough', async () => {
    const file = scratchPath('stable');
    // Each run is longer than `minUptimeMs` and then fails: five of them would be too many within the budget.
    const script = `echo run >> ${file}; sleep 0.1; test $(wc -l < ${file}) -gt 5 && exec sleep 1000; exit 1`;
    const definition = shell(script, { budget: { maxRestarts: 1, withinMs: 60_000 }, minUptimeMs: 50 });
    await pidnap.client.add({ name: 'stable', definition });
    expect(await reach('stable', 'running', 6)).toMatchObject({ restarts: 5 });
  });
});
