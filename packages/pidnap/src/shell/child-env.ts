import type { ProcessDefinition } from '../contract/definition.ts';
import { MARK_INSTANCE, MARK_PROCESS, type TreeMark } from './process-tree.ts';

/** What every process may know of pidnap's surroundings. Everything else, secrets included, stays with pidnap. */
const ALWAYS_INHERITED = ['PATH', 'HOME', 'LANG', 'TZ'];

/**
 * Environment of a process: the few variables everybody gets, the marker variables of the machine, what the definition
 * inherits by name, what it sets, and the mark by which its tree is found.
 */
export function childEnvironment(options: {
  definition: ProcessDefinition;
  mark: TreeMark;
  markerEnv: readonly string[];
  own: NodeJS.ProcessEnv;
}): Record<string, string> {
  const { definition, mark, markerEnv, own } = options;
  const inherited = [...ALWAYS_INHERITED, ...definition.inheritEnv].flatMap((name) => pick(own, name));
  return {
    ...Object.fromEntries(inherited),
    ...definition.env,
    ...Object.fromEntries(markerEnv.flatMap((name) => pick(own, name))),
    [MARK_INSTANCE]: mark.instanceId,
    [MARK_PROCESS]: mark.name,
  };
}

function pick(own: NodeJS.ProcessEnv, name: string): [string, string][] {
  const value = own[name];
  return value === undefined ? [] : [[name, value]];
}
