import { describe, expect, it } from 'vitest';
import { ALL_STATES, T0, definition, inState, stopping } from '../../test/builders.ts';
import type { ProcessDefinitionInput } from '../contract/definition.ts';
import { endedRun } from './history.ts';
import type { ProcessRecord } from './record.ts';
import { restoreRecord } from './restore.ts';

const LATER = T0 + 100_000;

function restored(
  old: ProcessRecord | undefined,
  source: 'config' | 'api',
  change: Partial<ProcessDefinitionInput> = {},
): ProcessRecord {
  return restoreRecord(old, {
    name: 'web',
    definition: definition(change),
    source,
    jitterSeed: 5,
    now: LATER,
    resumed: false,
    alive: false,
  });
}

describe('a process that was not known before', () => {
  it.each([
    [true, 'pending'],
    [false, 'stopped'],
  ] as const)('with autostart %s begins as %s', (autostart, state) => {
    expect(restored(undefined, 'config', { autostart }).phase.state).toBe(state);
  });
});

describe('a process of the config file', () => {
  it.each(ALL_STATES)('that was %s begins anew', (state) => {
    expect(restored(inState(state), 'config')).toMatchObject({
      phase: { state: 'pending' },
      since: LATER,
      queuedAt: LATER,
    });
  });

  it.each(ALL_STATES)('that is a task and was %s runs again: a boot is a start-up sequence', (state) => {
    expect(restored(inState(state), 'config', { restart: 'never' }).phase.state).toBe('pending');
  });

  it('keeps its counters and its last exit, and a full budget', () => {
    const old = inState('failed', { runs: 6, restarts: 5, exitCode: 3, recentRestarts: [T0], attempt: 4 });
    expect(restored(old, 'config')).toMatchObject({
      runs: 6,
      restarts: 5,
      exitCode: 3,
      recentRestarts: [],
      attempt: 0,
    });
  });

  it('forgets that it was stopped, under always', () => {
    expect(restored(inState('stopped'), 'config', { restart: 'always' })).toMatchObject({
      phase: { state: 'pending' },
      desired: 'up',
    });
  });

  it.each(['stopped', 'failed', 'completed', 'stopping'] as const)(
    'that was %s and wanted down stays down under unless-stopped',
    (state) => {
      const old = inState(state, { desired: 'down', runs: 3 });
      expect(restored(old, 'config', { restart: 'unless-stopped' })).toMatchObject({
        phase: { state: 'stopped' },
        desired: 'down',
        reason: 'stop-requested',
        runs: 3,
      });
    },
  );

  it.each(['running', 'backing-off', 'failed'] as const)(
    'that was %s and wanted up starts under unless-stopped',
    (state) => {
      const old = inState(state, { desired: 'up' });
      expect(restored(old, 'config', { restart: 'unless-stopped' }).phase.state).toBe('pending');
    },
  );
});

describe('a task that was added through the API', () => {
  const task = { restart: 'never' } as const;

  it.each(['completed', 'failed'] as const)('and %s stays so, with its exit', (state) => {
    const old = inState(state);
    expect(restored(old, 'api', task)).toBe(old);
  });

  it('and was stopped stays stopped', () => {
    const old = inState('stopped');
    expect(restored(old, 'api', task)).toBe(old);
  });

  it('and was being stopped on command is stopped, and not run again', () => {
    const old = inState('stopping');
    const after = restored(old, 'api', task);
    expect(after).toMatchObject({ phase: { state: 'stopped' }, desired: 'down', runs: 1, stoppedAt: LATER });
    expect(endedRun(old, after)).toMatchObject({ run: 1 });
  });

  it.each(['starting', 'running'] as const)('and was %s has failed: its run was cut off', (state) => {
    expect(restored(inState(state), 'api', task)).toMatchObject({
      phase: { state: 'failed' },
      reason: 'interrupted-by-supervisor-restart',
      message: 'run 1 was cut off when pidnap ended',
      since: LATER,
      stoppedAt: LATER,
      runs: 1,
    });
  });

  it('and was being stopped by a shutdown has failed', () => {
    const old = inState('stopping', { desired: 'up', reason: 'shutdown' });
    expect(restored(old, 'api', task).reason).toBe('interrupted-by-supervisor-restart');
  });

  it.each([
    [0, 'completed'],
    [3, 'failed'],
  ] as const)('and had ended with %s, all but its children, is %s', (exitCode, state) => {
    const phase = stopping({ then: 'settle', exit: { exitCode, signal: null } });
    const old = inState('stopping', { desired: 'up', phase, exitCode, stoppedAt: T0 + 7 });
    const after = restored(old, 'api', task);
    expect(after).toMatchObject({ phase: { state }, exitCode, stoppedAt: T0 + 7 });
    expect(after.endMessage).toBe(`exited with code ${exitCode}`);
  });

  it('and was stopped by a shutdown has failed, with the time it ended', () => {
    const old = inState('stopped', { desired: 'up', reason: 'shutdown', queuedAt: T0 });
    expect(restored(old, 'api', task)).toMatchObject({
      phase: { state: 'failed' },
      reason: 'interrupted-by-supervisor-restart',
      stoppedAt: T0 + 1,
    });
  });

  it.each(['pending', 'blocked', 'backing-off'] as const)('and was %s is still to run', (state) => {
    expect(restored(inState(state), 'api', task).phase.state).toBe('pending');
  });

  it('and had not begun when a shutdown came is still to run', () => {
    const old = inState('stopped', { desired: 'up', reason: 'shutdown', startedAt: null, runs: 0 });
    expect(restored(old, 'api', task).phase.state).toBe('pending');
  });

  it('and waited to be repeated on command when a shutdown came is still to run', () => {
    const old = inState('stopped', { desired: 'up', reason: 'shutdown', startedAt: T0, queuedAt: T0 + 50 });
    expect(restored(old, 'api', task).phase.state).toBe('pending');
  });
});

describe('a service that was added through the API', () => {
  it.each(ALL_STATES)('and was %s begins anew like one of the config file', (state) => {
    expect(restored(inState(state, { desired: 'up' }), 'api').phase.state).toBe('pending');
  });
});

describe('a run that is cut off by a boot', () => {
  it('is in the history, and no exit of an earlier run is shown as its own', () => {
    const old = inState('running', { exitCode: 7, oomKilled: true });
    const after = restored(old, 'config');
    expect(after).toMatchObject({ exitCode: null, oomKilled: false, startedAt: T0, stoppedAt: LATER });
    expect(endedRun(old, after)).toMatchObject({
      run: 1,
      pid: 100,
      startedAt: T0,
      stoppedAt: LATER,
      message: 'run 1 was cut off when pidnap ended',
    });
  });

  it('whose process had ended keeps its exit', () => {
    const phase = stopping({ exit: { exitCode: 2, signal: null }, then: 'settle' });
    const old = inState('stopping', { desired: 'up', phase, exitCode: 2, stoppedAt: T0 + 5 });
    expect(endedRun(old, restored(old, 'config'))).toMatchObject({ exitCode: 2, stoppedAt: T0 + 5 });
  });

  it('that is of an added task is in the history once', () => {
    const old = inState('running');
    const after = restored(old, 'api', { restart: 'never' });
    expect(endedRun(old, after)).toMatchObject({ run: 1, message: 'run 1 was cut off when pidnap ended' });
    expect(endedRun(after, restored(after, 'api', { restart: 'never' }))).toBeNull();
  });
});

describe('a process on a schedule', () => {
  const scheduled = { schedule: { cron: '@daily' } };

  it.each(ALL_STATES)('of the config file that was %s is on schedule with a new boot', (state) => {
    const old = inState(state, { skippedRuns: 3, queuedRun: true });
    expect(restored(old, 'config', scheduled)).toMatchObject({
      phase: { state: 'scheduled' },
      desired: 'up',
      skippedRuns: 3,
      queuedRun: false,
    });
  });

  it.each(ALL_STATES)('that was added and was %s is on schedule with a new boot', (state) => {
    expect(restored(inState(state, { desired: 'up' }), 'api', scheduled).phase.state).toBe('scheduled');
  });

  it('that was added and stopped stays off its schedule', () => {
    const old = inState('stopped');
    expect(restored(old, 'api', scheduled)).toBe(old);
  });
});
