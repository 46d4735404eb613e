import { describe, expect, it } from 'vitest';
import type { Dependency, DependencyCondition } from '../contract/dependency.ts';
import { RestartPolicy } from '../contract/restart.ts';
import { graphProblems, stopWaves, type DependencyNode } from './dependency-graph.ts';

const edge = (process: string, condition?: DependencyCondition): Dependency => ({
  process,
  condition,
  whenLost: 'keep',
  whenFailed: 'wait',
});
const on = (...names: string[]): DependencyNode => ({
  dependsOn: names.map((name) => edge(name)),
  restart: 'always',
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
    const two = [edge('a', 'started'), edge('a', 'healthy')];
    expect(graphProblems({ a: on(), b: { ...on(), dependsOn: two } })).toEqual([]);
  });
});

describe('what can never hold', () => {
  const problem = (target: DependencyNode, ...edges: Dependency[]) =>
    graphProblems({ db: target, web: { ...on(), dependsOn: edges } });

  it.each([
    ['always', false],
    ['unless-stopped', false],
    ['on-success', false],
    ['on-failure', true],
    ['never', true],
  ] as const)('is `completed` of one that restarts %s, unless %s', (restart, canComplete) => {
    expect(problem({ ...on(), restart }, edge('db', 'completed'))).toEqual(
      canComplete
        ? []
        : [`processes.web.dependsOn.0.condition: "db" never completes: its restart policy is "${restart}"`],
    );
  });

  it.each(RestartPolicy.options)('is no condition that is left out on one that restarts %s', (restart) => {
    expect(problem({ ...on(), restart }, edge('db'))).toEqual([]);
  });

  it.each(['healthy', 'started'] as const)('is not `%s` of a task', (condition) => {
    expect(problem({ ...on(), restart: 'never' }, edge('db', condition))).toEqual([]);
  });

  it.each([undefined, 'started', 'healthy', 'completed'] as const)(
    'is anything of a process on a schedule: %s',
    (condition) => {
      const scheduled = { ...on(), restart: 'never', schedule: { cron: '@daily' } } as const;
      expect(problem(scheduled, edge('db', condition))).toEqual([
        'processes.web.dependsOn.0.process: "db" runs on a schedule, nothing can depend on it',
      ]);
    },
  );

  it.each([
    [edge('db', 'completed'), edge('db', 'healthy')],
    [edge('db', 'healthy'), edge('db')],
  ])('is completed and healthy of one process', (...edges) => {
    expect(problem({ ...on(), restart: 'never' }, ...edges)).toEqual([
      'processes.web.dependsOn.1.condition: "db" cannot be completed and healthy at the same time',
    ]);
  });

  it('is seen through a condition that is left out: a repeat is a repeat', () => {
    expect(problem(on(), edge('db', 'healthy'), edge('db'))).toEqual([
      'processes.web.dependsOn.1.process: "db" is listed twice',
    ]);
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
