import { describe, expect, it } from 'vitest';
import {
  ALL_STATES,
  T0,
  definition,
  exited,
  inState,
  nightly,
  play,
  record,
  spawned,
  stopping,
  unmet,
} from '../../test/builders.ts';
import { createRecord, hasEnded, isLive, leaderOf, pidOf } from './record.ts';
import { step } from './step.ts';

describe('predicates of a record', () => {
  it.each([
    ['pending', false, false, null],
    ['blocked', false, false, null],
    ['starting', true, false, null],
    ['running', true, false, 100],
    ['stopping', true, false, 100],
    ['backing-off', false, false, null],
    ['scheduled', false, false, null],
    ['stopped', false, true, null],
    ['completed', false, true, null],
    ['failed', false, true, null],
  ] as const)('%s: live %s, ended %s, pid %s', (state, live, ended, pid) => {
    const found = inState(state);
    expect([isLive(found), hasEnded(found), pidOf(found)]).toEqual([live, ended, pid]);
  });

  it('show no pid of a process that has ended and left children', () => {
    const exit = exited({ survivors: 1 });
    const { record: after } = step(inState('running'), exit, T0, definition());
    expect([pidOf(after), isLive(after)]).toEqual([null, true]);
  });
});

describe('createRecord', () => {
  it.each([
    [true, 'pending', 'up', 'autostart', T0],
    [false, 'stopped', 'down', 'not-autostarted', null],
  ] as const)('autostart %s: %s, wanted %s, because %s', (autostart, state, desired, reason, queuedAt) => {
    const fresh = createRecord({
      name: 'web',
      definition: definition({ autostart }),
      jitterSeed: 3,
      now: T0,
    });
    expect(fresh).toMatchObject({
      phase: { state },
      desired,
      reason,
      queuedAt,
      runs: 0,
      restarts: 0,
      since: T0,
    });
  });
});

describe('a process with a schedule', () => {
  it('begins between two times of it, wanted up, with no run in line', () => {
    const fresh = createRecord({ name: 'web', definition: nightly(), jitterSeed: 3, now: T0 });
    expect(fresh).toMatchObject({
      phase: { state: 'scheduled' },
      desired: 'up',
      reason: 'scheduled',
      queuedAt: null,
    });
  });

  it('that does not start by itself is off its schedule', () => {
    const policy = nightly('skip', { autostart: false });
    const fresh = createRecord({ name: 'web', definition: policy, jitterSeed: 3, now: T0 });
    expect(fresh).toMatchObject({ phase: { state: 'stopped' }, desired: 'down', reason: 'not-autostarted' });
  });
});

describe('leaderOf', () => {
  it('tells the process by pid and start, so that a pid that came round again is not taken for it', () => {
    expect(leaderOf(inState('running'))).toEqual({ pid: 100, startTicks: 1000 });
    expect(leaderOf(inState('stopping'))).toEqual({ pid: 100, startTicks: 1000 });
  });

  it('is null while a spawn that was called off has not answered', () => {
    const phase = stopping({ pid: null, startTicks: null });
    expect(leaderOf(inState('stopping', { phase }))).toBeNull();
  });
});

describe('a record', () => {
  it('survives being kept as JSON in every state', () => {
    for (const one of ALL_STATES.map((state) => inState(state))) {
      expect(JSON.parse(JSON.stringify(one))).toEqual(one);
    }
  });

  it('tells the story of a run by its times', () => {
    const { record: after } = play(record(), definition({ restart: 'never' }), [
      [10, { type: 'dependencies', unmet: [unmet({ state: 'pending' })] }],
      [200, { type: 'dependencies', unmet: [] }],
      [250, spawned(7)],
      [900, exited()],
    ]);
    expect(after).toMatchObject({
      queuedAt: T0,
      startedAt: T0 + 250,
      healthyAt: T0 + 250,
      stoppedAt: T0 + 900,
      since: T0 + 900,
      exitCode: 0,
      runs: 1,
      restarts: 0,
    });
  });

  it('keeps the exit of the last run while the next one is up', () => {
    const policy = definition();
    const { record: after } = play(inState('running'), policy, [
      [10, exited({ exitCode: 9 })],
      [2000, { type: 'tick' }],
      [2000, { type: 'dependencies', unmet: [] }],
      [2001, spawned(8, 2)],
    ]);
    expect(after).toMatchObject({ exitCode: 9, stoppedAt: null, startedAt: T0 + 2001, queuedAt: T0 + 10 });
  });
});
