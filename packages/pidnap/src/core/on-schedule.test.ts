import { describe, expect, it } from 'vitest';
import {
  ALL_STATES,
  T0,
  definition,
  exited,
  inState,
  nightly,
  play,
  spawned,
  stopping,
} from '../../test/builders.ts';
import type { ProcessEvent } from './event.ts';
import { createRecord, type ProcessRecord } from './record.ts';
import { step } from './step.ts';

const DUE: ProcessEvent = { type: 'due' };
const MET: ProcessEvent = { type: 'dependencies', unmet: [] };

const fresh = createRecord({ name: 'job', definition: nightly(), jitterSeed: 1, now: T0 });

describe('a process on a schedule', () => {
  it('waits, runs when its time comes, and waits again', () => {
    const running = play(fresh, nightly(), [
      [1000, DUE],
      [1000, MET],
      [1005, spawned(7)],
    ]);
    expect(running.record).toMatchObject({
      phase: { state: 'running', pid: 7 },
      queuedAt: T0 + 1000,
      runs: 1,
    });
    const over = step(running.record, exited(), T0 + 2000, nightly());
    expect(over.record).toMatchObject({
      phase: { state: 'scheduled' },
      desired: 'up',
      reason: 'exited-zero',
      message: 'exited with code 0; waits for the next time of its schedule',
      since: T0 + 2000,
      restarts: 0,
      skippedRuns: 0,
    });
    expect(over.wakeAt).toBeNull();
  });

  it.each([
    [{ exitCode: 1 }, 'exited-nonzero'],
    [{ exitCode: null, signal: 'SIGSEGV' }, 'killed-by-signal'],
    [{ exitCode: null, signal: 'SIGKILL', oomKilled: true }, 'out-of-memory'],
    [{ exitCode: null }, 'exit-not-seen'],
  ])('waits for its next time after a run that failed as well: %j', (exit, reason) => {
    const { record } = step(inState('running'), exited(exit), T0 + 10, nightly());
    expect(record).toMatchObject({ phase: { state: 'scheduled' }, reason, restarts: 0 });
  });

  it('waits for its next time when it could not be started', () => {
    const event: ProcessEvent = { type: 'spawn-failed', run: 1, message: 'ENOENT' };
    const { record } = step(inState('starting'), event, T0 + 10, nightly());
    expect(record).toMatchObject({ phase: { state: 'scheduled' }, reason: 'spawn-failed', exitCode: null });
  });

  it.each(['start', 'restart'] as const)('runs at once on %s, and is on schedule afterwards', (type) => {
    const event: ProcessEvent = type === 'start' ? { type } : { type, reason: 'restart-requested' };
    const begun = step(inState('scheduled'), event, T0 + 10, nightly()).record;
    expect(begun).toMatchObject({ phase: { state: 'pending' }, queuedAt: T0 + 10 });
    const over = play(begun, nightly(), [
      [10, MET],
      [11, spawned(7, 2)],
      [12, exited({ run: 2 })],
    ]);
    expect(over.record.phase.state).toBe('scheduled');
  });

  it('is off its schedule once it was stopped, until somebody starts it', () => {
    const stopped = play(inState('scheduled', { queuedRun: true }), nightly('queue'), [
      [5, { type: 'stop', reason: 'stop-requested' }],
      [6, DUE],
    ]).record;
    expect(stopped).toMatchObject({ phase: { state: 'stopped' }, desired: 'down', queuedRun: false });
    const begun = step(stopped, { type: 'start' }, T0 + 10, nightly()).record;
    expect(begun).toMatchObject({ phase: { state: 'pending' }, desired: 'up' });
  });

  it('that is stopped during a run is off its schedule when the run is over', () => {
    const { record } = play(inState('running'), nightly('queue'), [
      [5, DUE],
      [6, { type: 'stop', reason: 'stop-requested' }],
      [7, exited()],
      [8, DUE],
    ]);
    expect(record).toMatchObject({ phase: { state: 'stopped' }, queuedRun: false, skippedRuns: 0 });
  });
});

describe('a time that comes', () => {
  it.each(ALL_STATES)('means nothing to a %s process without a schedule', (state) => {
    const before = inState(state);
    expect(step(before, DUE, T0 + 10, definition()).record).toBe(before);
  });

  it.each(ALL_STATES)('means nothing to a %s process that is wanted down', (state) => {
    const before = inState(state, { desired: 'down' });
    expect(step(before, DUE, T0 + 10, nightly('queue')).record).toBe(before);
  });

  it('means nothing to one that is shut down with pidnap', () => {
    const before = inState('stopping', { desired: 'up', reason: 'shutdown' });
    for (const overlap of ['skip', 'queue', 'replace'] as const) {
      expect(step(before, DUE, T0 + 10, nightly(overlap)).record).toBe(before);
    }
  });

  /** What a time leads to, as `state`, `(then)` while stopping, `skipped` and `queued`. */
  const led = (before: ProcessRecord, overlap: 'skip' | 'queue' | 'replace'): string => {
    const { record, effects } = step(before, DUE, T0 + 10, nightly(overlap));
    return [
      record.phase.state,
      record.phase.state === 'stopping' ? `(${record.phase.then})` : '',
      record.skippedRuns > before.skippedRuns ? ' skipped' : '',
      record.queuedRun ? ' queued' : '',
      ...effects.map(({ type }) => ` +${type}`),
    ].join('');
  };

  it.each([
    ['scheduled', 'pending', 'pending', 'pending'],
    ['pending', 'pending skipped', 'pending queued', 'pending skipped'],
    ['blocked', 'blocked skipped', 'blocked queued', 'blocked skipped'],
    ['starting', 'starting skipped', 'starting queued', 'stopping(start-again)'],
    ['running', 'running skipped', 'running queued', 'stopping(start-again) +signal'],
    ['backing-off', 'backing-off skipped', 'backing-off queued', 'backing-off skipped'],
    ['completed', 'completed', 'completed', 'completed'],
    ['failed', 'failed', 'failed', 'failed'],
  ] as const)(
    'while it is %s: skip leads to %s, queue to %s, replace to %s',
    (state, skip, queue, replace) => {
      const before = inState(state, { desired: 'up' });
      expect([led(before, 'skip'), led(before, 'queue'), led(before, 'replace')]).toEqual([
        skip,
        queue,
        replace,
      ]);
    },
  );

  it.each([
    ['settle', 'stopping(settle) skipped', 'stopping(settle) queued', 'stopping(start-again)'],
    ['recover', 'stopping(recover) skipped', 'stopping(recover) queued', 'stopping(start-again)'],
    [
      'await-schedule',
      'stopping(await-schedule) skipped',
      'stopping(await-schedule) queued',
      'stopping(start-again)',
    ],
    [
      'start-again',
      'stopping(start-again) skipped',
      'stopping(start-again) queued',
      'stopping(start-again) skipped',
    ],
  ] as const)('while its tree ends to %s: skip %s, queue %s, replace %s', (then, skip, queue, replace) => {
    const before = inState('stopping', { desired: 'up', phase: stopping({ then }) });
    expect([led(before, 'skip'), led(before, 'queue'), led(before, 'replace')]).toEqual([
      skip,
      queue,
      replace,
    ]);
  });
});

describe('overlapping times', () => {
  it('are left out and counted under skip', () => {
    const { record } = play(inState('running'), nightly('skip'), [
      [1, DUE],
      [2, DUE],
      [3, exited()],
    ]);
    expect(record).toMatchObject({ phase: { state: 'scheduled' }, skippedRuns: 2, runs: 1 });
  });

  it('lead to exactly one more run under queue, however many came', () => {
    const queued = play(inState('running'), nightly('queue'), [
      [1, DUE],
      [2, DUE],
      [3, DUE],
      [4, exited({ exitCode: 1 })],
    ]);
    expect(queued.record).toMatchObject({
      phase: { state: 'pending' },
      reason: 'schedule-due',
      message: 'exited with code 1; a time of the schedule came meanwhile',
      queuedRun: false,
      skippedRuns: 2,
      queuedAt: T0 + 4,
    });
    const second = play(queued.record, nightly('queue'), [
      [4, MET],
      [5, spawned(8, 2)],
      [6, exited({ run: 2 })],
    ]);
    expect(second.record).toMatchObject({ phase: { state: 'scheduled' }, runs: 2 });
  });

  it('end the run and begin a new one under replace, children and all', () => {
    const policy = nightly('replace', { stop: { signal: 'SIGINT', graceMs: 100 } });
    const asked = step(inState('running'), DUE, T0 + 1, policy);
    expect(asked.effects).toEqual([{ type: 'signal', signal: 'SIGINT', scope: 'group' }]);
    expect(asked.record).toMatchObject({ reason: 'schedule-due' });
    const { record, effects } = play(asked.record, policy, [
      [10, exited({ exitCode: 1, survivors: 1 })],
      [20, { type: 'tree-gone', run: 1 }],
      [20, MET],
    ]);
    expect(record).toMatchObject({
      phase: { state: 'starting' },
      runs: 2,
      queuedAt: T0 + 20,
      skippedRuns: 0,
    });
    expect(effects).toEqual([{ type: 'spawn', run: 2 }]);
  });

  it('under replace call off a start that has not answered', () => {
    const { record, effects } = play(inState('starting'), nightly('replace'), [
      [1, DUE],
      [5, spawned(9)],
    ]);
    expect(record.phase).toMatchObject({ state: 'stopping', pid: 9, then: 'start-again' });
    expect(effects).toEqual([{ type: 'signal', signal: 'SIGTERM', scope: 'group' }]);
  });
});
