import { describe, expect, it } from 'vitest';
import { T0, definition, inState } from '../../test/builders.ts';
import type { ProcessDefinitionInput } from '../contract/definition.ts';
import type { ProcessState } from '../contract/process.ts';
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
  });
}

const ALL: ProcessState[] = [
  'pending',
  'blocked',
  'starting',
  'running',
  'stopping',
  'backing-off',
  'stopped',
  'completed',
  'failed',
];

describe('a process that was not known before', () => {
  it.each([
    [true, 'pending'],
    [false, 'stopped'],
  ] as const)('with autostart %s begins as %s', (autostart, state) => {
    expect(restored(undefined, 'config', { autostart }).phase.state).toBe(state);
  });
});

describe('a process of the config file', () => {
  it.each(ALL)('that was %s begins anew', (state) => {
    expect(restored(inState(state), 'config')).toMatchObject({
      phase: { state: 'pending' },
      since: LATER,
      queuedAt: LATER,
    });
  });

  it.each(ALL)('that is a task and was %s runs again: a boot is a start-up sequence', (state) => {
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
  it.each(ALL)('and was %s begins anew like one of the config file', (state) => {
    expect(restored(inState(state, { desired: 'up' }), 'api').phase.state).toBe('pending');
  });
});
