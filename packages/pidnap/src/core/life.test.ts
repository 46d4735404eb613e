import { describe, expect, it } from 'vitest';
import { T0, checked, definition, exited, inState, play, spawned, stopping } from '../../test/builders.ts';
import { pidOf } from './record.ts';
import { step } from './step.ts';

describe('spawned', () => {
  it('makes the run healthy at once where no health is checked', () => {
    const { record: after } = step(inState('starting'), spawned(42), T0 + 9, definition());
    expect(after).toMatchObject({ startedAt: T0 + 9, healthyAt: T0 + 9, health: { status: 'unknown' } });
    expect(pidOf(after)).toBe(42);
  });

  it('waits for the first probe where health is checked', () => {
    const { record: after, wakeAt } = step(inState('starting'), spawned(42), T0 + 9, checked());
    expect(after.healthyAt).toBeNull();
    expect(wakeAt).toBe(T0 + 9 + 500);
  });

  it('is answered by the stop signal when the run was called off meanwhile', () => {
    const {
      record: after,
      effects,
      wakeAt,
    } = play(inState('starting'), definition(), [
      [0, { type: 'stop', reason: 'stop-requested' }],
      [4000, spawned(42)],
    ]);
    expect(effects).toEqual([{ type: 'signal', signal: 'SIGTERM', scope: 'group' }]);
    expect(after).toMatchObject({ phase: { pid: 42, killAt: T0 + 9000 }, startedAt: T0 + 4000 });
    expect(wakeAt).toBe(T0 + 9000);
  });
});

describe('spawn-failed', () => {
  it('is a failure that backs off', () => {
    const event = { type: 'spawn-failed', run: 1, message: 'spawn nope ENOENT' } as const;
    const { record: after } = step(inState('starting'), event, T0 + 9, definition());
    expect(after).toMatchObject({
      phase: { state: 'backing-off' },
      reason: 'spawn-failed',
      exitCode: null,
      signal: null,
    });
    expect(after.message).toBe('spawn nope ENOENT; starts again in 1000 ms');
  });

  it('fails a task for good', () => {
    const event = { type: 'spawn-failed', run: 1, message: 'no such directory' } as const;
    const { record: after } = step(inState('starting'), event, T0 + 9, definition({ restart: 'never' }));
    expect(after).toMatchObject({
      phase: { state: 'failed' },
      reason: 'spawn-failed',
      message: 'no such directory',
    });
  });

  it('does not show the exit of an earlier run as its own', () => {
    const event = { type: 'spawn-failed', run: 1, message: 'x' } as const;
    const { record: after } = step(
      inState('starting', { exitCode: 4, oomKilled: true }),
      event,
      T0,
      definition(),
    );
    expect(after).toMatchObject({ exitCode: null, oomKilled: false });
  });
});

describe('exited', () => {
  it.each([
    ['always', 0, null, 'backing-off', 'exited-zero'],
    ['always', 3, null, 'backing-off', 'exited-nonzero'],
    ['always', null, 'SIGSEGV', 'backing-off', 'killed-by-signal'],
    ['unless-stopped', 0, null, 'backing-off', 'exited-zero'],
    ['unless-stopped', 3, null, 'backing-off', 'exited-nonzero'],
    ['unless-stopped', null, 'SIGSEGV', 'backing-off', 'killed-by-signal'],
    ['on-failure', 0, null, 'completed', 'exited-zero'],
    ['on-failure', 3, null, 'backing-off', 'exited-nonzero'],
    ['on-failure', null, 'SIGSEGV', 'backing-off', 'killed-by-signal'],
    ['on-failure', null, null, 'backing-off', 'exit-not-seen'],
    ['on-success', 0, null, 'backing-off', 'exited-zero'],
    ['on-success', 3, null, 'failed', 'exited-nonzero'],
    ['on-success', null, 'SIGSEGV', 'failed', 'killed-by-signal'],
    ['never', 0, null, 'completed', 'exited-zero'],
    ['never', 3, null, 'failed', 'exited-nonzero'],
    ['never', null, 'SIGKILL', 'failed', 'killed-by-signal'],
  ] as const)('%s, code %s, signal %s: %s because %s', (restart, exitCode, signal, state, reason) => {
    const event = exited({ exitCode, signal });
    const { record: after } = step(inState('running'), event, T0 + 100, definition({ restart }));
    expect(after).toMatchObject({ phase: { state }, reason, exitCode, signal, stoppedAt: T0 + 100 });
  });

  it('with children left ends them first and settles afterwards', () => {
    const policy = definition({ restart: 'never' });
    const exit = exited({ exitCode: 5, survivors: 1 });
    const leftover = step(inState('running'), exit, T0 + 10, policy);
    expect(leftover.effects).toEqual([
      { type: 'signal', signal: 'SIGTERM', scope: 'tree' },
      { type: 'watch-tree', run: 1 },
    ]);
    expect(leftover.record).toMatchObject({
      reason: 'leftover-children',
      message: 'ended and left 1 process behind',
    });
    expect(pidOf(leftover.record)).toBeNull();
    const killed = step(leftover.record, { type: 'tick' }, T0 + 5010, policy);
    expect(killed.effects).toEqual([{ type: 'kill-tree' }]);
    const gone = step(killed.record, { type: 'tree-gone', run: 1 }, T0 + 5050, policy);
    expect(gone.record).toMatchObject({ phase: { state: 'failed' }, exitCode: 5, stoppedAt: T0 + 10 });
  });

  it('counts the children it left in words', () => {
    const exit = exited({ survivors: 3 });
    expect(step(inState('running'), exit, T0, definition()).record.message).toBe(
      'ended and left 3 processes behind',
    );
  });

  it('after SIGKILL kills what is left of the tree, without asking again', () => {
    const { effects } = play(inState('stopping'), definition(), [
      [5000, { type: 'tick' }],
      [5010, exited({ exitCode: null, signal: 'SIGKILL', survivors: 2 })],
    ]);
    expect(effects).toEqual([{ type: 'kill-tree' }, { type: 'watch-tree', run: 1 }]);
  });

  it('is taken once', () => {
    const exit = exited({ survivors: 2 });
    const first = step(inState('running'), exit, T0, definition());
    const second = step(first.record, exit, T0 + 1, definition());
    expect(second.record).toBe(first.record);
    expect(second.effects).toEqual([]);
  });

  it('of an unhealthy run is a failure, whatever the exit code', () => {
    const sick = inState('stopping', {
      phase: stopping({ then: 'recover' }),
      desired: 'up',
      reason: 'unhealthy',
      message: 'unhealthy after 3',
    });
    const exit = exited();
    const { record: after } = step(sick, exit, T0 + 10, checked({ restart: 'on-failure' }));
    expect(after).toMatchObject({ phase: { state: 'backing-off' }, reason: 'unhealthy', restarts: 1 });
  });
});

describe('tree-gone', () => {
  it('means nothing while the process itself is up', () => {
    const before = inState('stopping');
    expect(step(before, { type: 'tree-gone', run: 1 }, T0, definition()).record).toBe(before);
  });

  it.each([
    ['stay-down', 'stopped'],
    ['start-again', 'pending'],
    ['settle', 'completed'],
    ['recover', 'backing-off'],
  ] as const)('leads from a stop meant to %s to %s', (then, state) => {
    const exit = { exitCode: 0, signal: null };
    const phase = stopping({ exit, then });
    const policy = definition({ restart: 'on-failure' });
    const { record: after } = step(
      inState('stopping', { phase, ...exit }),
      { type: 'tree-gone', run: 1 },
      T0,
      policy,
    );
    expect(after.phase.state).toBe(state);
  });
});
