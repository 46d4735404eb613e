/** Decides whether dependencies hold, which definitions form a valid graph, and in which order to stop. */
import type { Dependency } from '../contract/dependency.ts';
import type { ProcessRecord, UnmetDependency } from './record.ts';

/** The part of a definition that makes the graph. */
export interface DependencyNode {
  readonly dependsOn: readonly Dependency[];
  readonly health?: unknown;
}

/**
 * The dependencies that do not hold right now. `started`: runs, or ran and completed. `healthy`: runs and its health
 * check passes (runs, where it has none). `completed`: ended with 0.
 */
export function unmetDependencies(
  dependsOn: readonly Dependency[],
  lookUp: (name: string) => { record: ProcessRecord; checksHealth: boolean } | undefined,
): UnmetDependency[] {
  return dependsOn.flatMap((dependency) => {
    const found = lookUp(dependency.process);
    if (found && holds(dependency, found.record, found.checksHealth)) return [];
    return [{ ...dependency, state: found?.record.phase.state ?? null }];
  });
}

function holds({ condition }: Dependency, record: ProcessRecord, checksHealth: boolean): boolean {
  const { state } = record.phase;
  switch (condition) {
    case 'started':
      return state === 'running' || state === 'completed';
    case 'healthy':
      return state === 'running' && (!checksHealth || record.health.status === 'healthy');
    case 'completed':
      return state === 'completed';
    default:
      return condition satisfies never;
  }
}

/** The dependency cannot come to hold without a command to its process. */
export function isHopeless({ condition, state }: UnmetDependency): boolean {
  return (
    state === null ||
    state === 'failed' ||
    state === 'stopped' ||
    (condition === 'healthy' && state === 'completed')
  );
}

/**
 * What is wrong with the graph, one sentence per problem, each beginning with the path of the field; empty when valid.
 * Refuses unknown names, a process that depends on itself, repeats, and cycles (each shown once, with its path).
 */
export function graphProblems(nodes: Readonly<Record<string, DependencyNode>>): string[] {
  const problems: string[] = [];
  for (const [name, { dependsOn }] of Object.entries(nodes)) {
    const seen = new Set<string>();
    for (const [index, dependency] of dependsOn.entries()) {
      const path = `processes.${name}.dependsOn.${index}.process`;
      const key = `${dependency.process} ${dependency.condition}`;
      if (!Object.hasOwn(nodes, dependency.process)) {
        problems.push(`${path}: expected the name of a known process, got "${dependency.process}"`);
      }
      if (seen.has(key)) problems.push(`${path}: "${dependency.process}" is listed twice`);
      seen.add(key);
    }
  }
  for (const cycle of findCycles(nodes)) {
    problems.push(`processes.${cycle[0]}.dependsOn: the dependencies form a cycle: ${cycle.join(' -> ')}`);
  }
  return problems;
}

function findCycles(nodes: Readonly<Record<string, DependencyNode>>): string[][] {
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
export function stopWaves(nodes: Readonly<Record<string, DependencyNode>>): string[][] {
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
