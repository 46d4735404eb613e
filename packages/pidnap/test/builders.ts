import * as v from 'valibot';
import { ProcessDefinition, type ProcessDefinitionInput } from '../src/contract/definition.ts';
import type { ProcessEvent } from '../src/core/event.ts';
import { createRecord, type Phase, type ProcessRecord } from '../src/core/record.ts';
import { step, type Step } from '../src/core/step.ts';

/** The fixed beginning of time of every unit test. */
export const T0 = Date.UTC(2026, 0, 15, 12, 0, 0);

/** A definition with all defaults and no jitter; fields as people write them may be overridden. */
export function definition(overrides: Partial<ProcessDefinitionInput> = {}): ProcessDefinition {
  const { backoff, ...rest } = overrides;
  return v.parse(ProcessDefinition, {
    command: ['server'],
    cwd: '/srv',
    ...rest,
    backoff: { jitter: 0, ...backoff },
  });
}

/** A definition with an http health check. */
export function checked(
  overrides: Partial<ProcessDefinitionInput> = {},
  health: Partial<{
    intervalMs: number;
    startIntervalMs: number;
    startPeriodMs: number;
    retries: number;
  }> = {},
): ProcessDefinition {
  return definition({ ...overrides, health: { kind: 'http', url: 'http://127.0.0.1:1/', ...health } });
}

/** A record of a process that became known at T0. */
export function record(overrides: Partial<ProcessRecord> = {}): ProcessRecord {
  return { ...createRecord({ name: 'web', autostart: true, jitterSeed: 1, now: T0 }), ...overrides };
}

/** A record in a phase, as the first run would have got there; `stopping` by a stop command. */
export function inState(state: Phase['state'], overrides: Partial<ProcessRecord> = {}): ProcessRecord {
  const ran = { runs: 1, startedAt: T0, healthyAt: T0 };
  const ended = { ...ran, exitCode: 0, stoppedAt: T0 + 1 };
  const byState: Record<Phase['state'], Partial<ProcessRecord>> = {
    pending: { phase: { state: 'pending' } },
    blocked: {
      phase: { state: 'blocked', on: [{ process: 'db', condition: 'healthy', state: 'starting' }] },
      reason: 'waiting-for-dependency',
    },
    starting: { phase: { state: 'starting' }, runs: 1 },
    running: { ...ran, phase: { state: 'running', pid: 100 }, reason: 'spawned' },
    stopping: {
      ...ran,
      phase: { state: 'stopping', pid: 100, exit: null, killAt: T0 + 5000, killed: false, then: 'stay-down' },
      desired: 'down',
      reason: 'stop-requested',
    },
    'backing-off': {
      ...ended,
      exitCode: 1,
      phase: { state: 'backing-off', nextStartAt: T0 + 1000 },
      attempt: 1,
    },
    stopped: { ...ended, phase: { state: 'stopped' }, desired: 'down', reason: 'stop-requested' },
    completed: { ...ended, phase: { state: 'completed' }, reason: 'exited-zero' },
    failed: { ...ended, exitCode: 1, phase: { state: 'failed' }, reason: 'budget-used-up' },
  };
  return record({ ...byState[state], ...overrides });
}

/** Runs events one after the other, each with its time after T0, and gives back the last step. */
export function play(
  start: ProcessRecord,
  policy: ProcessDefinition,
  events: readonly (readonly [at: number, event: ProcessEvent])[],
): Step {
  let last: Step = { record: start, effects: [], wakeAt: null };
  for (const [at, event] of events) last = step(last.record, event, T0 + at, policy);
  return last;
}
