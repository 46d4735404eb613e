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
import type { ProcessEvent } from './event.ts';
import { step } from './step.ts';

const STOP: ProcessEvent = { type: 'stop', reason: 'stop-requested' };
const START: ProcessEvent = { type: 'start' };
const RESTART: ProcessEvent = { type: 'restart', reason: 'restart-requested' };
describe('start', () => {
  it.each(ALL_STATES)('wants a %s process up', (state) => {
    expect(step(inState(state), START, T0, definition()).record.desired).toBe('up');
  });

  it.each(['stopped', 'completed', 'failed', 'scheduled'] as const)(
    'gives a %s process a full budget',
    (state) => {
      const spent = inState(state, { recentRestarts: [T0, T0 + 1], attempt: 4, crashLooping: true });
      const { record: after } = step(spent, START, T0 + 10, definition());
      expect(after).toMatchObject({
        recentRestarts: [],
        attempt: 0,
        crashLooping: false,
        queuedAt: T0 + 10,
        reason: 'start-requested',
      });
    },
  );

  it.each(['pending', 'blocked', 'starting', 'running', 'backing-off'] as const)(
    'is the same record for one that is %s already',
    (state) => {
      const before = inState(state);
      expect(step(before, START, T0 + 10, definition()).record).toBe(before);
    },
  );

  it('turns a stop that is under way into a restart', () => {
    const { record: after, effects } = step(inState('stopping'), START, T0 + 10, definition());
    expect(after.phase).toMatchObject({ state: 'stopping', then: 'start-again' });
    expect(effects).toEqual([]);
  });

  it.each(['settle', 'recover', 'start-again'] as const)('leaves a tree that ends to %s as it is', (then) => {
    const before = inState('stopping', { phase: stopping({ then }), desired: 'up' });
    expect(step(before, START, T0 + 10, definition()).record).toBe(before);
  });

  it('keeps what the last run left to see', () => {
    const { record: after } = step(inState('failed', { exitCode: 7 }), START, T0 + 10, definition());
    expect(after).toMatchObject({ exitCode: 7, stoppedAt: T0 + 1, runs: 1 });
  });
});

describe('stop', () => {
  it.each(ALL_STATES)('wants a %s process down', (state) => {
    expect(step(inState(state), STOP, T0, definition()).record.desired).toBe('down');
  });

  it.each(ALL_STATES)('for a shutdown keeps the wish of a %s process', (state) => {
    const before = inState(state);
    const { record: after } = step(before, { type: 'stop', reason: 'shutdown' }, T0, definition());
    expect(after.desired).toBe(before.desired);
  });

  it('for a shutdown lets a task that ended by itself be what it ended as, once its children are gone', () => {
    const phase = stopping({ then: 'settle', exit: { exitCode: 0, signal: null } });
    const before = inState('stopping', { desired: 'up', phase, exitCode: 0 });
    const { record: after } = play(before, definition({ restart: 'never' }), [
      [0, { type: 'stop', reason: 'shutdown' }],
      [5, { type: 'tree-gone', run: 1 }],
    ]);
    expect(after.phase.state).toBe('completed');
  });

  it('for a shutdown lets a service that ended by itself not start again', () => {
    const phase = stopping({ then: 'settle', exit: { exitCode: 0, signal: null } });
    const { record: after } = play(inState('stopping', { phase }), definition(), [
      [0, { type: 'stop', reason: 'shutdown' }],
      [5, { type: 'tree-gone', run: 1 }],
    ]);
    expect(after.phase.state).toBe('stopped');
  });

  it.each([
    ['stop-requested', 'somebody asked for a stop'],
    ['shutdown', 'pidnap is shutting down'],
    ['removed', 'the process is being removed'],
  ] as const)('says why: %s', (reason, message) => {
    const { record: after } = step(inState('running'), { type: 'stop', reason }, T0, definition());
    expect(after).toMatchObject({ reason, message });
  });

  it.each([
    ['SIGTERM', 5000],
    ['SIGINT', 0],
    ['SIGQUIT', 60_000],
  ] as const)('asks with %s and kills after %i ms', (signal, graceMs) => {
    const policy = definition({ stop: { signal, graceMs } });
    const { record: after, effects, wakeAt } = step(inState('running'), STOP, T0 + 3, policy);
    expect(effects).toEqual([{ type: 'signal', signal, scope: 'group' }]);
    expect(after.phase).toEqual(stopping({ killAt: T0 + 3 + graceMs }));
    expect(wakeAt).toBe(T0 + 3 + graceMs);
  });

  it('twice does not prolong the grace', () => {
    const { wakeAt } = play(inState('running'), definition(), [
      [0, STOP],
      [3000, STOP],
    ]);
    expect(wakeAt).toBe(T0 + 5000);
  });

  it('wins over a restart that is under way', () => {
    const { record: after } = play(inState('running'), definition(), [
      [0, RESTART],
      [10, STOP],
      [20, exited()],
    ]);
    expect(after).toMatchObject({ phase: { state: 'stopped' }, desired: 'down' });
  });

  it('keeps a service down whose policy is always', () => {
    const { record: after } = play(inState('running'), definition({ restart: 'always' }), [
      [0, STOP],
      [20, exited({ exitCode: 1 })],
    ]);
    expect(after.phase.state).toBe('stopped');
    expect(after.exitCode).toBe(1);
  });

  it('ends probing', () => {
    const policy = checked();
    const { record: after } = play(record(), policy, [
      [0, { type: 'dependencies', unmet: [] }],
      [1, spawned(9)],
      [2, STOP],
    ]);
    expect(after.health.nextProbeAt).toBeNull();
  });
});

describe('restart', () => {
  it.each(ALL_STATES)('of a %s process resets budget and back-off and wants it up', (state) => {
    const spent = inState(state, { recentRestarts: [T0 - 2, T0 - 1], attempt: 5, crashLooping: true });
    const { record: after } = step(spent, RESTART, T0, definition());
    expect(after).toMatchObject({ recentRestarts: [], attempt: 0, crashLooping: false, desired: 'up' });
  });

  it.each(ALL_STATES)('brings a %s process to a new run', (state) => {
    const begun = step(inState(state), RESTART, T0, definition()).record;
    const runBefore = begun.runs;
    const { record: after } = play(begun, definition(), [
      [1, spawned(50, runBefore)],
      [2, exited({ run: runBefore })],
      [3, { type: 'dependencies', unmet: [] }],
      [5000, { type: 'tick' }],
      [5001, { type: 'dependencies', unmet: [] }],
      [5002, spawned(60, runBefore + 1)],
    ]);
    expect(after.phase).toEqual({ state: 'running', pid: 60, startTicks: 600 });
  });

  it('does not count as an automatic restart', () => {
    const { record: after } = play(inState('running'), definition(), [
      [0, RESTART],
      [5, exited({ exitCode: null, signal: 'SIGTERM' })],
    ]);
    expect(after).toMatchObject({ phase: { state: 'pending' }, restarts: 0, reason: 'restart-requested' });
  });

  it('for a new definition calls off a spawn under the old one', () => {
    const { record: after, effects } = play(inState('starting'), definition(), [
      [0, { type: 'restart', reason: 'definition-changed' }],
      [5, spawned(9)],
    ]);
    expect(after.phase).toMatchObject({ state: 'stopping', pid: 9, then: 'start-again' });
    expect(effects).toEqual([{ type: 'signal', signal: 'SIGTERM', scope: 'group' }]);
  });

  it('after a failed spawn that was called off starts anew at once', () => {
    const { record: after } = play(inState('starting'), definition(), [
      [0, { type: 'restart', reason: 'definition-changed' }],
      [5, { type: 'spawn-failed', run: 1, message: 'ENOENT' }],
    ]);
    expect(after).toMatchObject({
      phase: { state: 'pending' },
      reason: 'definition-changed',
      queuedAt: T0 + 5,
    });
  });
});

describe('a changed definition', () => {
  const CHANGED: ProcessEvent = { type: 'restart', reason: 'definition-changed' };

  it.each(ALL_STATES)('leaves alone a %s process that is wanted down', (state) => {
    const before = inState(state, { desired: 'down' });
    expect(step(before, CHANGED, T0, definition()).record).toBe(before);
  });

  it('does not run a process before its time', () => {
    const before = inState('scheduled');
    expect(step(before, CHANGED, T0, definition()).record).toBe(before);
    const ending = inState('stopping', { desired: 'up', phase: stopping({ then: 'await-schedule' }) });
    expect(step(ending, CHANGED, T0, definition()).record).toBe(ending);
  });

  it.each(['completed', 'failed', 'backing-off'] as const)('begins anew what is %s', (state) => {
    expect(step(inState(state), CHANGED, T0, definition()).record).toMatchObject({
      phase: { state: 'pending' },
      reason: 'definition-changed',
    });
  });
});

describe('a changed environment', () => {
  const CHANGED: ProcessEvent = { type: 'restart', reason: 'environment-changed' };

  it.each(['starting', 'running'] as const)('restarts what is %s', (state) => {
    const { record: after } = step(inState(state), CHANGED, T0, definition());
    expect(after).toMatchObject({
      phase: { state: 'stopping', then: 'start-again' },
      reason: 'environment-changed',
      message: 'the environment changed',
    });
  });

  it.each(ALL_STATES.filter((state) => state !== 'starting' && state !== 'running'))(
    'leaves alone what is %s: it holds from the next start on',
    (state) => {
      const before = inState(state);
      expect(step(before, CHANGED, T0, definition()).record).toBe(before);
    },
  );

  it('clears a budget that was used up by the old one', () => {
    const before = inState('running', { recentRestarts: [T0 - 1], attempt: 3, crashLooping: true });
    const { record: after } = step(before, CHANGED, T0, definition());
    expect(after).toMatchObject({ recentRestarts: [], attempt: 0, crashLooping: false });
  });
});
