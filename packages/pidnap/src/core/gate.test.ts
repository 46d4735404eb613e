import { describe, expect, it } from 'vitest';
import { T0, definition, inState, record } from '../../test/builders.ts';
import type { UnmetDependency } from './record.ts';
import { step } from './step.ts';

const db = (change: Partial<UnmetDependency> = {}): UnmetDependency => ({
  process: 'db',
  condition: 'healthy',
  state: 'starting',
  ...change,
});
const gated = (before: ReturnType<typeof record>, unmet: UnmetDependency[], at = 50) =>
  step(before, { type: 'dependencies', unmet }, T0 + at, definition());

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
      on: [db(), { process: 'cache', condition: 'started', state: null }],
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
  ] as const)('blocked on %j has the reason %s', (unmet, reason) => {
    expect(gated(record(), [unmet]).record.reason).toBe(reason);
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
  ])('shows what it waits for now: %j', (unmet) => {
    const { record: after } = gated(blocked, unmet);
    expect(after.phase).toEqual({ state: 'blocked', on: unmet });
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
