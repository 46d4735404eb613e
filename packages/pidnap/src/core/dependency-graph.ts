/** Decides which definitions form a valid graph, and in which order to stop. */
import type { Dependency } from '../contract/dependency.ts';
import type { RestartPolicy } from '../contract/restart.ts';
import { conditionOf } from './dependency.ts';
import { suggestion } from './problems.ts';
import { canComplete } from './restart-policy.ts';

/** The part of a definition that makes the graph. */
export interface DependencyNode {
  readonly dependsOn: readonly Dependency[];
  readonly restart: RestartPolicy;
  readonly schedule?: unknown;
}

type Nodes = Readonly<Record<string, DependencyNode>>;

/**
 * What is wrong with the graph, one sentence per problem, each beginning with the path of the field; empty when valid.
 * Refuses unknown names, a process that depends on itself, repeats, cycles (each shown once, with its path), and what
 * can never hold: `completed` of a process that never completes, `completed` and `healthy` of one process, and anything
 * of a process that runs at fixed times only.
 */
export function graphProblems(nodes: Nodes): string[] {
  const problems = Object.entries(nodes).flatMap(([name, node]) =>
    node.dependsOn.flatMap((dependency, index) => {
      const said = edgeProblem(dependency, node.dependsOn.slice(0, index), nodes);
      return said === null ? [] : [`processes.${name}.dependsOn.${index}.${said}`];
    }),
  );
  for (const cycle of findCycles(nodes)) {
    problems.push(`processes.${cycle[0]}.dependsOn: the dependencies form a cycle: ${cycle.join(' -> ')}`);
  }
  return problems;
}

/** The problem of one dependency, given those listed before it. */
function edgeProblem(dependency: Dependency, earlier: readonly Dependency[], nodes: Nodes): string | null {
  const { process } = dependency;
  const target = Object.hasOwn(nodes, process) ? nodes[process] : undefined;
  const conditionHere = (one: Dependency): string => conditionOf(one, target?.restart);
  const before = earlier.filter((one) => one.process === process).map(conditionHere);
  const condition = conditionHere(dependency);
  if (before.includes(condition)) return `process: "${process}" is listed twice`;
  if (!target) {
    const meant = suggestion(process, Object.keys(nodes));
    return `process: expected the name of a known process, got "${process}"${meant}`;
  }
  if (target.schedule !== undefined) {
    return `process: "${process}" runs on a schedule, nothing can depend on it`;
  }
  if (condition === 'completed' && !canComplete(target.restart)) {
    return `condition: "${process}" never completes: its restart policy is "${target.restart}"`;
  }
  const both = [condition, ...before];
  if (both.includes('completed') && both.includes('healthy')) {
    return `condition: "${process}" cannot be completed and healthy at the same time`;
  }
  return null;
}

function findCycles(nodes: Nodes): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (name: string, path: readonly string[]): void => {
    const at = path.indexOf(name);
    if (at >= 0) {
      cycles.push([...path.slice(at), name]);
      return;
    }
    if (done.has(name) || !Object.hasOwn(nodes, name)) return;
    for (const { process } of nodes[name]?.dependsOn ?? []) visit(process, [...path, name]);
    done.add(name);
  };
  for (const name of Object.keys(nodes)) visit(name, []);
  return cycles;
}

/** Names in waves: everything in a wave can be stopped together, dependants always before what they depend on. */
export function stopWaves(nodes: Readonly<Record<string, Pick<DependencyNode, 'dependsOn'>>>): string[][] {
  const left = new Set(Object.keys(nodes));
  const waves: string[][] = [];
  while (left.size > 0) {
    const needed = new Set([...left].flatMap((name) => nodes[name]?.dependsOn.map((d) => d.process) ?? []));
    const free = [...left].filter((name) => !needed.has(name));
    // A cycle cannot get past `graphProblems`; should one exist, everything left goes at once instead of never.
    const wave = free.length > 0 ? free : [...left];
    for (const name of wave) left.delete(name);
    waves.push(wave);
  }
  return waves;
}
