import { describe, expect, it } from 'vitest';
import {
  ALL_STATES,
  T0,
  definition,
  inState,
  nightly,
  play,
  record,
  spawned,
  unmet,
} from '../../test/builders.ts';
import type { UnmetDependency } from './record.ts';
import { step } from './step.ts';

const db = unmet;
const gated = (before: ReturnType<typeof record>, found: UnmetDependency[], at = 50) =>
  step(before, { type: 'dependencies', unmet: found }, T0 + at, definition());

describe('a process that is to start', () => {
  it('starts when nothing is unmet', () => {
    const { record: after, effects } = gated(record(), []);
    expect(after).toMatchObject({
      phase: { state: 'starting' },
      runs: 1,
      since: T0 + 50,
      reason: 'dependencies-met',
    });
    expect(effects).toEqual([{ type: 'spawn', run: 1 }]);
  });

  it('forgets times of the run before', () => {
    const old = record({ runs: 4, startedAt: T0, healthyAt: T0, stoppedAt: T0, exitCode: 2 });
    const { record: after } = gated(old, []);
    expect(after).toMatchObject({ runs: 5, startedAt: null, healthyAt: null, stoppedAt: null, exitCode: 2 });
  });

  it('keeps the time it became wanted', () => {
    expect(gated(record(), []).record.queuedAt).toBe(T0);
  });

  it('is blocked by what is unmet, and says by what', () => {
    const { record: after, effects } = gated(record(), [
      db(),
      db({ process: 'cache', condition: 'started', state: null }),
    ]);
    expect(after.phase).toEqual({
      state: 'blocked',
      on: [db(), db({ process: 'cache', condition: 'started', state: null })],
    });
    expect(after.message).toBe(
      'waits for db to be healthy (it is starting), cache to be started (it is not known)',
    );
    expect(effects).toEqual([]);
  });

  it.each([
    [db(), 'waiting-for-dependency'],
    [db({ state: 'pending' }), 'waiting-for-dependency'],
    [db({ state: 'backing-off' }), 'waiting-for-dependency'],
    [db({ state: 'failed' }), 'dependency-failed'],
    [db({ state: 'stopped' }), 'dependency-failed'],
    [db({ state: null }), 'dependency-failed'],
    [db({ state: 'completed' }), 'dependency-failed'],
    [db({ condition: 'completed', state: 'running' }), 'waiting-for-dependency'],
    [db({ condition: 'completed', state: 'failed' }), 'dependency-failed'],
  ] as const)('blocked on %j has the reason %s', (one, reason) => {
    expect(gated(record(), [one]).record.reason).toBe(reason);
  });
});

describe('a blocked process', () => {
  const blocked = inState('blocked', { phase: { state: 'blocked', on: [db()] }, since: T0 + 7 });

  it('stays the same record while nothing changes', () => {
    expect(gated(blocked, [db()]).record).toBe(blocked);
  });

  it.each([
    [[db({ state: 'running' })]],
    [[db({ condition: 'started' })]],
    [[db({ process: 'cache' })]],
    [[db(), db({ process: 'cache' })]],
  ])('shows what it waits for now: %j', (found) => {
    const { record: after } = gated(blocked, found);
    expect(after.phase).toEqual({ state: 'blocked', on: found });
    expect(after.since).toBe(T0 + 7);
  });

  it('starts as soon as nothing is unmet', () => {
    expect(gated(blocked, []).record.phase.state).toBe('starting');
  });

  it('goes on waiting when its dependency comes back from failure', () => {
    const hopeless = gated(blocked, [db({ state: 'failed' })]).record;
    expect(hopeless.reason).toBe('dependency-failed');
    expect(gated(hopeless, [db({ state: 'pending' })]).record.reason).toBe('waiting-for-dependency');
  });
});

describe('a dependency that failed for good', () => {
  const failed = (change: Partial<UnmetDependency> = {}) => db({ state: 'failed', ...change });

  it.each(['pending', 'blocked'] as const)('fails a %s process whose rule is `fail`', (state) => {
    const { record: after, effects } = gated(inState(state), [failed({ whenFailed: 'fail' })]);
    expect(after).toMatchObject({
      phase: { state: 'failed' },
      reason: 'dependency-failed',
      message: 'needs db to be healthy (it is failed)',
      since: T0 + 50,
      runs: inState(state).runs,
    });
    expect(effects).toEqual([]);
  });

  it.each([
    ['failed', 'failed'],
    ['stopped', 'failed'],
    [null, 'failed'],
    ['completed', 'failed'],
    ['backing-off', 'blocked'],
    ['starting', 'blocked'],
    ['stopping', 'blocked'],
    ['scheduled', 'blocked'],
  ] as const)('is what `fail` is about, not one that may come: %s leads to %s', (state, outcome) => {
    expect(gated(record(), [db({ state, whenFailed: 'fail' })]).record.phase.state).toBe(outcome);
  });

  it('counts where it is the one with the rule, not another', () => {
    const mixed = [failed(), db({ process: 'cache', whenFailed: 'fail' })];
    expect(gated(record(), mixed).record.phase.state).toBe('blocked');
  });

  it('costs a process on a schedule this one time', () => {
    const event = { type: 'dependencies', unmet: [failed({ whenFailed: 'fail' })] } as const;
    const waiting = record({ queuedRun: true, reason: 'schedule-due' });
    const { record: after } = step(waiting, event, T0 + 50, nightly());
    expect(after).toMatchObject({
      phase: { state: 'scheduled' },
      reason: 'dependency-failed',
      queuedRun: false,
      runs: 0,
    });
  });
});

describe('a dependency that is lost while the process runs', () => {
  const lost = db({ state: 'backing-off', whenLost: 'restart' });

  it.each(ALL_STATES.filter((state) => !['pending', 'blocked', 'running'].includes(state)))(
    'means nothing to one that is %s',
    (state) => {
      const before = inState(state);
      const result = gated(before, [lost]);
      expect(result.record).toBe(before);
      expect(result.effects).toEqual([]);
    },
  );

  it.each([[[]], [[db()]], [[db({ state: 'failed' }), db({ process: 'cache', state: null })]]])(
    'under `keep` changes nothing: %j',
    (found) => {
      const before = inState('running');
      expect(gated(before, found).record).toBe(before);
    },
  );

  it('under `restart` ends it, to start again', () => {
    const { record: after, effects } = gated(inState('running'), [db({ process: 'cache' }), lost]);
    expect(after).toMatchObject({
      phase: { state: 'stopping', then: 'start-again' },
      reason: 'dependency-lost',
      message: 'no longer holds: db to be healthy (it is backing-off)',
      desired: 'up',
    });
    expect(effects).toEqual([{ type: 'signal', signal: 'SIGTERM', scope: 'group' }]);
  });

  it('makes it wait until it holds again, without a cost in budget or back-off', () => {
    const policy = definition({ restart: 'never' });
    const before = inState('running', { attempt: 2, recentRestarts: [T0 - 5] });
    const waiting = play(before, policy, [
      [10, { type: 'dependencies', unmet: [lost] }],
      [20, { type: 'exited', run: 1, exitCode: 1, signal: null, oomKilled: false, survivors: 0 }],
      [20, { type: 'dependencies', unmet: [lost] }],
    ]);
    expect(waiting.record).toMatchObject({
      phase: { state: 'blocked' },
      restarts: 0,
      attempt: 2,
      recentRestarts: [T0 - 5],
      queuedAt: T0 + 20,
    });
    const again = play(waiting.record, policy, [
      [500, { type: 'dependencies', unmet: [] }],
      [510, spawned(9, 2)],
    ]);
    expect(again.record).toMatchObject({ phase: { state: 'running', pid: 9 }, runs: 2, restarts: 0 });
  });
});
