import { describe, expect, it } from 'vitest';
import {
  ALL_STATES,
  T0,
  checked,
  definition,
  exited,
  inState,
  play,
  record,
  spawned,
  stopping,
} from '../../test/builders.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessEvent } from './event.ts';
import { currentRun, endedRun, type PastRun } from './history.ts';
import type { ProcessRecord } from './record.ts';
import { step } from './step.ts';

/** Lives through events, each with its time after T0, and gives the history that came of it. */
function historyOf(
  start: ProcessRecord,
  policy: ProcessDefinition,
  events: readonly (readonly [at: number, event: ProcessEvent])[],
): PastRun[] {
  const runs: PastRun[] = [];
  let before = start;
  for (const [at, event] of events) {
    const after = step(before, event, T0 + at, policy).record;
    const ended = endedRun(before, after);
    if (ended) runs.push(ended);
    before = after;
  }
  return runs;
}

const MET: ProcessEvent = { type: 'dependencies', unmet: [] };

describe('the history', () => {
  it('has one entry for each run, with its own times', () => {
    const runs = historyOf(record(), definition(), [
      [5, MET],
      [10, spawned(7)],
      [100, exited({ exitCode: 3 })],
      [1100, { type: 'tick' }],
      [1100, MET],
      [1110, spawned(8, 2)],
      [1500, exited({ run: 2, exitCode: null, signal: 'SIGKILL', oomKilled: true })],
    ]);
    expect(runs).toEqual([
      {
        run: 1,
        pid: 7,
        queuedAt: T0,
        startedAt: T0 + 10,
        healthyAt: T0 + 10,
        stoppedAt: T0 + 100,
        exitCode: 3,
        signal: null,
        oomKilled: false,
        message: 'exited with code 3',
      },
      {
        run: 2,
        pid: 8,
        queuedAt: T0 + 100,
        startedAt: T0 + 1110,
        healthyAt: T0 + 1110,
        stoppedAt: T0 + 1500,
        exitCode: null,
        signal: 'SIGKILL',
        oomKilled: true,
        message: 'killed by SIGKILL, out of memory',
      },
    ]);
  });

  it('says of a run that was stopped who did it, once its whole tree is gone', () => {
    const events = [
      [10, { type: 'stop', reason: 'stop-requested' }],
      [20, exited({ exitCode: null, signal: 'SIGTERM', survivors: 1 })],
    ] as const;
    expect(historyOf(inState('running'), definition(), events)).toEqual([]);
    const gone = [...events, [90, { type: 'tree-gone', run: 1 }]] as const;
    expect(historyOf(inState('running'), definition(), gone)).toMatchObject([
      { run: 1, pid: 100, stoppedAt: T0 + 20, signal: 'SIGTERM', message: 'somebody asked for a stop' },
    ]);
  });

  it.each<[string, ProcessEvent, string]>([
    ['a restart', { type: 'restart', reason: 'restart-requested' }, 'somebody asked for a restart'],
    ['a shutdown', { type: 'stop', reason: 'shutdown' }, 'pidnap is shutting down'],
  ])('says that it was %s', (_name, event, message) => {
    const runs = historyOf(inState('running'), definition(), [
      [10, event],
      [20, exited()],
    ]);
    expect(runs).toMatchObject([{ message }]);
  });

  it('says that a run was unhealthy', () => {
    const policy = checked({}, { startPeriodMs: 0, retries: 1 });
    const runs = historyOf(inState('running'), policy, [
      [10, { type: 'probed', run: 1, ok: false, message: 'HTTP 500' }],
      [20, exited()],
    ]);
    expect(runs).toMatchObject([{ message: 'unhealthy after 1 failed checks: HTTP 500', exitCode: 0 }]);
  });

  it('has an entry for a run that could not be started, without a pid', () => {
    const runs = historyOf(inState('starting'), definition(), [
      [10, { type: 'spawn-failed', run: 1, message: 'no such file' }],
    ]);
    expect(runs).toMatchObject([{ run: 1, pid: null, startedAt: null, message: 'no such file' }]);
  });

  it('has none for what never began', () => {
    expect(historyOf(record(), definition(), [[10, { type: 'stop', reason: 'stop-requested' }]])).toEqual([]);
  });
});

describe('the current run', () => {
  it.each(ALL_STATES)('of a %s process', (state) => {
    const current = currentRun(inState(state));
    const isUp = state === 'running' || state === 'stopping';
    expect(current?.run ?? null).toBe(isUp || state === 'starting' ? 1 : null);
    expect(current?.pid ?? null).toBe(isUp ? 100 : null);
  });

  it('does not show the exit of the run before as its own', () => {
    expect(
      currentRun(inState('running', { exitCode: 5, oomKilled: true, endMessage: 'before' })),
    ).toMatchObject({
      exitCode: null,
      oomKilled: false,
      stoppedAt: null,
      message: '',
    });
  });

  it('shows its own exit while children are left', () => {
    const { record: after } = play(inState('running'), definition(), [
      [10, exited({ exitCode: 4, survivors: 2 })],
    ]);
    expect(currentRun(after)).toMatchObject({ pid: 100, exitCode: 4, stoppedAt: T0 + 10 });
  });

  it('has no pid while a spawn that was called off has not answered', () => {
    const phase = stopping({ pid: null, startTicks: null });
    expect(currentRun(inState('stopping', { phase }))).toMatchObject({ run: 1, pid: null });
  });
});
