import { describe, expect, it } from 'vitest';
import { ALL_STATES, inState, unmet } from '../../test/builders.ts';
import type { Dependency, DependencyCondition } from '../contract/dependency.ts';
import type { HealthStatus, ProcessState } from '../contract/process.ts';
import type { RestartPolicy } from '../contract/restart.ts';
import { conditionOf, isHopeless, unmetDependencies, type DependencyTarget } from './dependency.ts';
import { NO_HEALTH, type ProcessRecord } from './record.ts';

const on = (process: string, condition?: DependencyCondition): Dependency => ({
  process,
  condition,
  whenLost: 'keep',
  whenFailed: 'wait',
});
const target = (record: ProcessRecord, overrides: Partial<DependencyTarget> = {}): DependencyTarget => ({
  record,
  checksHealth: false,
  restart: 'always',
  ...overrides,
});

describe('the condition of a dependency', () => {
  it.each([
    ['never', 'completed'],
    ['always', 'healthy'],
    ['unless-stopped', 'healthy'],
    ['on-failure', 'healthy'],
    ['on-success', 'healthy'],
    [undefined, 'healthy'],
  ] as const)('on a process that restarts %s is, when left out, %s', (restart, expected) => {
    expect(conditionOf(on('db'), restart)).toBe(expected);
  });

  it.each(['started', 'healthy', 'completed'] as const)('that is said is kept: %s', (condition) => {
    expect(conditionOf({ condition }, 'never')).toBe(condition);
    expect(conditionOf({ condition }, 'always')).toBe(condition);
  });
});

describe('unmetDependencies', () => {
  const holds = (condition: DependencyCondition, state: ProcessState, health?: HealthStatus): boolean => {
    const record = inState(state, {
      health: { ...NO_HEALTH, status: health ?? 'unknown' },
      healthyAt: health === 'healthy' ? 1 : null,
    });
    const found = target(record, { checksHealth: health !== undefined });
    return unmetDependencies([on('db', condition)], () => found).length === 0;
  };

  const table: Record<ProcessState, readonly [started: boolean, healthy: boolean, completed: boolean]> = {
    pending: [false, false, false],
    blocked: [false, false, false],
    starting: [false, false, false],
    running: [true, true, false],
    stopping: [false, false, false],
    'backing-off': [false, false, false],
    scheduled: [false, false, false],
    stopped: [false, false, false],
    completed: [true, false, true],
    failed: [false, false, false],
  };
  it.each(ALL_STATES.map((state) => [state, ...table[state]] as const))(
    'a %s process without a health check: started %s, healthy %s, completed %s',
    (state, ...expected) => {
      const found = (['started', 'healthy', 'completed'] as const).map((one) => holds(one, state));
      expect(found).toEqual(expected);
    },
  );

  it.each([
    ['running', 'healthy', true],
    ['running', 'unknown', false],
    ['running', 'unhealthy', false],
    ['stopping', 'healthy', false],
    ['completed', 'healthy', false],
  ] as const)('a %s process with health %s is healthy for its dependants: %s', (state, health, expected) => {
    expect(holds('healthy', state, health)).toBe(expected);
  });

  it('takes a run that was well for well while a changed check has not answered', () => {
    const found = target(inState('running', { health: NO_HEALTH, healthyAt: 5 }), { checksHealth: true });
    expect(unmetDependencies([on('db', 'healthy')], () => found)).toEqual([]);
  });

  it.each([
    ['never', 'completed', 'completed', 0],
    ['never', 'running', 'completed', 1],
    ['always', 'running', 'healthy', 0],
    ['on-failure', 'completed', 'healthy', 1],
  ] as const)(
    'on one that restarts %s and is %s asks for %s by default: %i unmet',
    (restart: RestartPolicy, state, condition, count) => {
      const found = unmetDependencies([on('db')], () => target(inState(state), { restart }));
      expect(found).toHaveLength(count);
      for (const one of found) expect(one).toEqual({ ...on('db', condition), state });
    },
  );

  it('names the state of what does not hold, null when it is not known', () => {
    const dependsOn = [on('db', 'healthy'), on('gone')];
    const found = target(inState('starting'), { checksHealth: true });
    expect(unmetDependencies(dependsOn, (name) => (name === 'db' ? found : undefined))).toEqual([
      { ...on('db', 'healthy'), state: 'starting' },
      { ...on('gone', 'healthy'), state: null },
    ]);
  });
});

describe('isHopeless', () => {
  it.each([
    ['started', 'failed', true],
    ['started', 'stopped', true],
    ['started', null, true],
    ['started', 'starting', false],
    ['started', 'scheduled', false],
    ['healthy', 'completed', true],
    ['healthy', 'running', false],
    ['completed', 'backing-off', false],
    ['completed', 'failed', true],
  ] as const)('%s of one that is %s: %s', (condition, state, expected) => {
    expect(isHopeless(unmet({ condition, state }))).toBe(expected);
  });
});
