import { describe, expect, it } from 'vitest';
import { T0, definition, inState, play, record } from '../../test/builders.ts';
import { createRecord, hasEnded, isLive, pidOf, type ProcessRecord } from './record.ts';
import { step } from './step.ts';

describe('predicates of a record', () => {
  it.each([
    ['pending', false, false, null],
    ['blocked', false, false, null],
    ['starting', true, false, null],
    ['running', true, false, 100],
    ['stopping', true, false, 100],
    ['backing-off', false, false, null],
    ['stopped', false, true, null],
    ['completed', false, true, null],
    ['failed', false, true, null],
  ] as const)('%s: live %s, ended %s, pid %s', (state, live, ended, pid) => {
    const found = inState(state);
    expect([isLive(found), hasEnded(found), pidOf(found)]).toEqual([live, ended, pid]);
  });

  it('show no pid of a process that has ended and left children', () => {
    const exit = { type: 'exited', run: 1, exitCode: 0, signal: null, survivors: 1 } as const;
    const { record: after } = step(inState('running'), exit, T0, definition());
    expect([pidOf(after), isLive(after)]).toEqual([null, true]);
  });
});

describe('createRecord', () => {
  it.each([
    [true, 'pending', 'up', 'autostart', T0],
    [false, 'stopped', 'down', 'not-autostarted', null],
  ] as const)('autostart %s: %s, wanted %s, because %s', (autostart, state, desired, reason, queuedAt) => {
    const fresh = createRecord({ name: 'web', autostart, jitterSeed: 3, now: T0 });
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

describe('a record', () => {
  it('survives being kept as JSON in every state', () => {
    const lives: ProcessRecord[] = [
      record(),
      inState('blocked'),
      inState('running'),
      inState('stopping'),
      inState('backing-off'),
      inState('failed'),
    ];
    for (const one of lives) expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });

  it('tells the story of a run by its times', () => {
    const { record: after } = play(record(), definition({ restart: 'never' }), [
      [10, { type: 'dependencies', unmet: [{ process: 'db', condition: 'started', state: 'pending' }] }],
      [200, { type: 'dependencies', unmet: [] }],
      [250, { type: 'spawned', run: 1, pid: 7 }],
      [900, { type: 'exited', run: 1, exitCode: 0, signal: null, survivors: 0 }],
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
      [10, { type: 'exited', run: 1, exitCode: 9, signal: null, survivors: 0 }],
      [2000, { type: 'tick' }],
      [2000, { type: 'dependencies', unmet: [] }],
      [2001, { type: 'spawned', run: 2, pid: 8 }],
    ]);
    expect(after).toMatchObject({ exitCode: 9, stoppedAt: null, startedAt: T0 + 2001, queuedAt: T0 + 10 });
  });
});
