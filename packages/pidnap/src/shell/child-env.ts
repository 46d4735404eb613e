import type { ProcessDefinition } from '../contract/definition.ts';
import { markVariables, type RunMark } from './process-tree.ts';

/** What every process may know of pidnap's surroundings. Everything else, secrets included, stays with pidnap. */
const ALWAYS_INHERITED = ['PATH', 'HOME', 'LANG', 'TZ'];

/**
 * Environment of a process: the few variables everybody gets, the marker variables of the machine, what the definition
 * inherits by name, what its env files and then its own `env` set, and the mark by which its tree is found.
 */
export function childEnvironment(options: {
  definition: ProcessDefinition;
  mark: RunMark;
  /** What the env files say. */
  fromFiles: Record<string, string>;
  markerEnv: readonly string[];
  own: NodeJS.ProcessEnv;
}): Record<string, string> {
  const { definition, mark, fromFiles, markerEnv, own } = options;
  const inherited = [...ALWAYS_INHERITED, ...definition.inheritEnv].flatMap((name) => pick(own, name));
  return {
    ...Object.fromEntries(inherited),
    ...fromFiles,
    ...definition.env,
    ...Object.fromEntries(markerEnv.flatMap((name) => pick(own, name))),
    ...markVariables(mark),
  };
}

function pick(own: NodeJS.ProcessEnv, name: string): [string, string][] {
  const value = own[name];
  return value === undefined ? [] : [[name, value]];
}
