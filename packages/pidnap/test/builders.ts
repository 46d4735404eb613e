import * as v from 'valibot';
import { ProcessDefinition, type ProcessDefinitionInput } from '../src/contract/definition.ts';
import { ProcessState } from '../src/contract/process.ts';
import type { ProcessEvent } from '../src/core/event.ts';
import {
  createRecord,
  type ProcessRecord,
  type StoppingPhase,
  type UnmetDependency,
} from '../src/core/record.ts';
import { step, type Step } from '../src/core/step.ts';

/** The fixed beginning of time of every unit test. */
export const T0 = Date.UTC(2026, 0, 15, 12, 0, 0);

/** Every state of a process. */
export const ALL_STATES = ProcessState.options;

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

/** A definition that runs at 02:30 each night, in UTC. */
export function nightly(
  overlap: 'skip' | 'queue' | 'replace' = 'skip',
  overrides: Partial<ProcessDefinitionInput> = {},
): ProcessDefinition {
  return definition({ ...overrides, schedule: { cron: '30 2 * * *', timezone: 'UTC', overlap } });
}

/** A record of a process that became known at T0. */
export function record(overrides: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    ...createRecord({ name: 'web', definition: { autostart: true }, jitterSeed: 1, now: T0 }),
    ...overrides,
  };
}

/** A record in a phase, as the first run would have got there; `stopping` by a stop command. */
export function inState(state: ProcessState, overrides: Partial<ProcessRecord> = {}): ProcessRecord {
  const ran = { runs: 1, startedAt: T0, healthyAt: T0 };
  const ended = { ...ran, exitCode: 0, stoppedAt: T0 + 1, endMessage: 'exited with code 0' };
  const byState: Record<ProcessState, Partial<ProcessRecord>> = {
    pending: { phase: { state: 'pending' } },
    blocked: { phase: { state: 'blocked', on: [unmet()] }, reason: 'waiting-for-dependency' },
    starting: { phase: { state: 'starting' }, runs: 1 },
    running: { ...ran, phase: { state: 'running', pid: 100, startTicks: 1000 }, reason: 'spawned' },
    stopping: { ...ran, phase: stopping(), desired: 'down', reason: 'stop-requested' },
    'backing-off': {
      ...ended,
      exitCode: 1,
      phase: { state: 'backing-off', nextStartAt: T0 + 1000 },
      attempt: 1,
    },
    scheduled: { ...ended, phase: { state: 'scheduled' }, reason: 'exited-zero' },
    stopped: { ...ended, phase: { state: 'stopped' }, desired: 'down', reason: 'stop-requested' },
    completed: { ...ended, phase: { state: 'completed' }, reason: 'exited-zero' },
    failed: { ...ended, exitCode: 1, phase: { state: 'failed' }, reason: 'budget-used-up' },
  };
  return record({ ...byState[state], ...overrides });
}

/** The phase of a tree that is being ended since T0, by default because somebody asked for a stop. */
export function stopping(overrides: Partial<StoppingPhase> = {}): StoppingPhase {
  return {
    state: 'stopping',
    pid: 100,
    startTicks: 1000,
    exit: null,
    killAt: T0 + 5000,
    killed: false,
    then: 'stay-down',
    ...overrides,
  };
}

/** A dependency on `db` that does not hold. */
export function unmet(overrides: Partial<UnmetDependency> = {}): UnmetDependency {
  return {
    process: 'db',
    condition: 'healthy',
    whenLost: 'keep',
    whenFailed: 'wait',
    state: 'starting',
    ...overrides,
  };
}

/** The first run has a pid. */
export function spawned(pid: number, run = 1): Extract<ProcessEvent, { type: 'spawned' }> {
  return { type: 'spawned', run, pid, startTicks: pid * 10 };
}

/** The first run ended with exit code 0 and left nobody. */
export function exited(overrides: Partial<Exited> = {}): Exited {
  return {
    type: 'exited',
    run: 1,
    exitCode: 0,
    signal: null,
    oomKilled: false,
    survivors: 0,
    ...overrides,
  };
}

type Exited = Extract<ProcessEvent, { type: 'exited' }>;

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
