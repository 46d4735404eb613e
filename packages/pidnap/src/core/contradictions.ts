/** Finds fields of one definition that contradict each other: each is valid, together they cannot mean anything. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { MARK_VARIABLES } from './run-mark.ts';

/** One sentence per problem, each beginning with the path of the field below the definition; empty when there is none. */
export function contradictions(definition: ProcessDefinition): string[] {
  return [
    ...scheduleAgainstRestart(definition),
    ...backoffLimits(definition),
    ...crashLoopAgainstRest(definition),
    ...healthTiming(definition),
    ...reservedNames(definition),
    ...stopSignal(definition),
  ];
}

function scheduleAgainstRestart({ schedule, restart }: ProcessDefinition): string[] {
  if (!schedule || restart === 'never') return [];
  return [`restart: expected "never" for a process with a schedule, got "${restart}"`];
}

function backoffLimits({ backoff: { initialMs, maxMs } }: ProcessDefinition): string[] {
  if (initialMs <= maxMs) return [];
  return [`backoff.initialMs: expected at most backoff.maxMs (${maxMs}), got ${initialMs}`];
}

function crashLoopAgainstRest({ crashLoop, budget, restart }: ProcessDefinition): string[] {
  if (!crashLoop) return [];
  if (restart === 'never') {
    return ['crashLoop: expected nothing for a process that is never restarted (restart is "never")'];
  }
  if (!budget || crashLoop.restarts < budget.maxRestarts || crashLoop.withinMs > budget.withinMs) return [];
  return [
    `crashLoop.restarts: expected less than budget.maxRestarts (${budget.maxRestarts}), got ${crashLoop.restarts}: ` +
      'the process would be given up before it is held back',
  ];
}

function healthTiming({ health }: ProcessDefinition): string[] {
  if (health?.kind !== 'heartbeat' && health?.kind !== 'log') return [];
  const { maxAgeMs, intervalMs } = health;
  if (maxAgeMs === undefined || intervalMs <= maxAgeMs) return [];
  return [`health.intervalMs: expected at most health.maxAgeMs (${maxAgeMs}), got ${intervalMs}`];
}

function reservedNames({ env, inheritEnv }: ProcessDefinition): string[] {
  return [
    ...Object.keys(env).map((name) => ({ name, path: `env.${name}` })),
    ...inheritEnv.map((name, index) => ({ name, path: `inheritEnv.${index}` })),
  ].flatMap(({ name, path }) =>
    MARK_VARIABLES.includes(name) ? [`${path}: ${name} is set by pidnap itself`] : [],
  );
}

function stopSignal({ stop: { signal } }: ProcessDefinition): string[] {
  if (signal !== 'SIGSTOP') return [];
  return ['stop.signal: expected a signal that a process can answer by ending, got "SIGSTOP"'];
}
