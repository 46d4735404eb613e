import type { ProcessDefinitionInput } from '../src/contract/definition.ts';

/** A back-off that does not keep a test waiting. */
export const FAST = { initialMs: 20, maxMs: 40 };

/** Runs until it is ended, and ends at once when it is asked to. */
export function sleeper(more: Partial<ProcessDefinitionInput> = {}): ProcessDefinitionInput {
  return { command: ['sleep', '1000'], cwd: '/tmp', backoff: FAST, ...more };
}

/** Runs a script. */
export function shell(script: string, more: Partial<ProcessDefinitionInput> = {}): ProcessDefinitionInput {
  return sleeper({ command: ['sh', '-c', script], ...more });
}

/** Runs a script once. */
export function task(script: string, more: Partial<ProcessDefinitionInput> = {}): ProcessDefinitionInput {
  return shell(script, { restart: 'never', ...more });
}

/** Passes while a file is there; asks often. */
export function whileThere(file: string): NonNullable<ProcessDefinitionInput['health']> {
  return { kind: 'command', command: ['test', '-e', file], intervalMs: 20, startIntervalMs: 20, retries: 2 };
}

/** A piece of a script: waits until a file is there. */
export function awaits(file: string): string {
  return `until test -e ${file}; do sleep 0.05; done`;
}
