import { describe, expect, it } from 'vitest';
import { inState } from '../../test/builders.ts';
import type { Dependency } from '../contract/dependency.ts';
import type { HealthStatus, ProcessState } from '../contract/process.ts';
import { graphProblems, isHopeless, stopWaves, unmetDependencies } from './dependency.ts';
import { NO_HEALTH } from './record.ts';

const on = (...names: string[]): { dependsOn: Dependency[] } => ({
  dependsOn: names.map((process) => ({ process, condition: 'started' })),
});

describe('unmetDependencies', () => {
  const holds = (condition: Dependency['condition'], state: ProcessState, health?: HealthStatus): boolean => {
    const record = inState(state, { health: { ...NO_HEALTH, status: health ?? 'unknown' } });
    const found = { record, checksHealth: health !== undefined };
    return unmetDependencies([{ process: 'db', condition }], () => found).length === 0;
  };

  it.each([
    ['pending', false, false],
    ['blocked', false, false],
    ['starting', false, false],
    ['running', true, false],
    ['stopping', false, false],
    ['backing-off', false, false],
    ['stopped', false, false],
    ['completed', true, true],
    ['failed', false, false],
  ] as const)('a %s process: started %s, completed %s', (state, started, completed) => {
    expect([holds('started', state), holds('completed', state)]).toEqual([started, completed]);
  });

  it.each([
    ['running', 'healthy', true],
    ['running', 'unknown', false],
    ['running', 'unhealthy', false],
    ['running', undefined, true],
    ['stopping', 'healthy', false],
    ['completed', undefined, false],
  ] as const)('a %s process with health %s is healthy for its dependants: %s', (state, health, expected) => {
    expect(holds('healthy', state, health)).toBe(expected);
  });

  it('names the state of what does not hold, null when it is not known', () => {
    const dependsOn: Dependency[] = [
      { process: 'db', condition: 'healthy' },
      { process: 'gone', condition: 'started' },
    ];
    const found = { record: inState('starting'), checksHealth: true };
    expect(unmetDependencies(dependsOn, (name) => (name === 'db' ? found : undefined))).toEqual([
      { process: 'db', condition: 'healthy', state: 'starting' },
      { process: 'gone', condition: 'started', state: null },
    ]);
  });
});

describe('isHopeless', () => {
  it.each([
    ['started', 'failed', true],
    ['started', 'stopped', true],
    ['started', null, true],
    ['started', 'starting', false],
    ['healthy', 'completed', true],
    ['healthy', 'running', false],
    ['completed', 'backing-off', false],
    ['completed', 'failed', true],
  ] as const)('%s of one that is %s: %s', (condition, state, expected) => {
    expect(isHopeless({ process: 'db', condition, state })).toBe(expected);
  });
});

describe('graphProblems', () => {
  it.each([
    ['no processes', {}],
    ['one process', { a: on() }],
    ['a chain', { a: on(), b: on('a'), c: on('b') }],
    ['a diamond', { a: on(), b: on('a'), c: on('a'), d: on('b', 'c') }],
    ['names like those of Object', { constructor: on(), b: on('constructor') }],
  ])('finds nothing wrong with %s', (_name, nodes) => {
    expect(graphProblems(nodes)).toEqual([]);
  });

  it('names the path of an unknown process', () => {
    expect(graphProblems({ web: on('db') })).toEqual([
      'processes.web.dependsOn.0.process: expected the name of a known process, got "db"',
    ]);
  });

  it('does not take inherited names for processes', () => {
    expect(graphProblems({ web: on('toString') })).toHaveLength(1);
  });

  it.each([
    [{ a: on('a') }, 'a -> a'],
    [{ a: on('b'), b: on('a') }, 'a -> b -> a'],
    [{ a: on('b'), b: on('c'), c: on('a') }, 'a -> b -> c -> a'],
    [{ x: on('a'), a: on('b'), b: on('a') }, 'a -> b -> a'],
  ])('shows the cycle of %j: %s', (nodes, cycle) => {
    const problems = graphProblems(nodes);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toBe(
      `processes.${cycle.split(' ')[0]}.dependsOn: the dependencies form a cycle: ${cycle}`,
    );
  });

  it('shows every one of several cycles', () => {
    const nodes = { a: on('b'), b: on('a'), c: on('d'), d: on('c') };
    expect(graphProblems(nodes)).toHaveLength(2);
  });

  it('refuses the same dependency twice, but not two conditions on one process', () => {
    expect(graphProblems({ a: on(), b: on('a', 'a') })).toEqual([
      'processes.b.dependsOn.1.process: "a" is listed twice',
    ]);
    const two: Dependency[] = [
      { process: 'a', condition: 'started' },
      { process: 'a', condition: 'healthy' },
    ];
    expect(graphProblems({ a: on(), b: { dependsOn: two } })).toEqual([]);
  });
});

describe('stopWaves', () => {
  it.each([
    ['nothing', {}, []],
    ['independent ones at once', { a: on(), b: on() }, [['a', 'b']]],
    ['a chain from its end', { a: on(), b: on('a'), c: on('b') }, [['c'], ['b'], ['a']]],
    ['a diamond', { a: on(), b: on('a'), c: on('a'), d: on('b', 'c') }, [['d'], ['b', 'c'], ['a']]],
    ['what depends on something unknown', { a: on('gone') }, [['a']]],
    ['a cycle at once instead of never', { a: on('b'), b: on('a'), c: on('a') }, [['c'], ['a', 'b']]],
  ])('stops %s', (_name, nodes, waves) => {
    expect(stopWaves(nodes)).toEqual(waves);
  });
});
