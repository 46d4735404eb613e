import { describe, expect, it } from 'vitest';
import { definition, nightly } from '../../test/builders.ts';
import type { ProcessDefinitionInput } from '../contract/definition.ts';
import { contradictions } from './contradictions.ts';
import { definitionProblems } from './definition-problems.ts';
import { scheduleProblems } from './schedule.ts';

type Change = Partial<ProcessDefinitionInput>;
const heartbeat = { kind: 'heartbeat', path: '/run/beat' } as const;

describe('contradictions', () => {
  it.each<[string, Change]>([
    ['a service as it is by default', {}],
    ['a task', { restart: 'never' }],
    ['a schedule', { schedule: { cron: '@daily' } }],
    ['a back-off that begins with its maximum', { backoff: { initialMs: 7, maxMs: 7 } }],
    ['a crash-loop rule that comes before the budget', { crashLoop: {} }],
    ['a crash-loop rule without a budget', { crashLoop: { restarts: 900 }, budget: null }],
    ['a crash-loop rule that looks further back', { crashLoop: { restarts: 9, withinMs: 60_001 } }],
    ['a heartbeat that is looked at in time', { health: { ...heartbeat, maxAgeMs: 10_000 } }],
    ['a log check that asks for one line', { health: { kind: 'log', pattern: 'ready' } }],
    ['other checks, which have no age', { health: { kind: 'tcp', port: 1, intervalMs: 3_600_000 } }],
    ['variables with names like ours', { env: { PIDNAP_TOKEN: 'x' } }],
  ])('finds nothing wrong with %s', (_name, change) => {
    expect(contradictions(definition(change))).toEqual([]);
  });

  it.each<[Change, string]>([
    [
      { schedule: { cron: '@daily' }, restart: 'always' },
      'restart: expected "never" for a process with a schedule, got "always"',
    ],
    [
      { backoff: { initialMs: 20_000 } },
      'backoff.initialMs: expected at most backoff.maxMs (10000), got 20000',
    ],
    [
      { crashLoop: {}, restart: 'never' },
      'crashLoop: expected nothing for a process that is never restarted (restart is "never")',
    ],
    [
      { crashLoop: { restarts: 5 }, budget: { maxRestarts: 5 } },
      'crashLoop.restarts: expected less than budget.maxRestarts (5), got 5: ' +
        'the process would be given up before it is held back',
    ],
    [
      { health: { ...heartbeat, maxAgeMs: 5000 } },
      'health.intervalMs: expected at most health.maxAgeMs (5000), got 10000',
    ],
    [
      { health: { kind: 'log', pattern: 'tick', maxAgeMs: 9999 } },
      'health.intervalMs: expected at most health.maxAgeMs (9999), got 10000',
    ],
    [{ env: { PIDNAP_RUN: '1' } }, 'env.PIDNAP_RUN: PIDNAP_RUN is set by pidnap itself'],
    [{ inheritEnv: ['HOME', 'PIDNAP_INSTANCE'] }, 'inheritEnv.1: PIDNAP_INSTANCE is set by pidnap itself'],
    [
      { stop: { signal: 'SIGSTOP' } },
      'stop.signal: expected a signal that a process can answer by ending, got "SIGSTOP"',
    ],
  ])('finds that of %j', (change, sentence) => {
    expect(contradictions(definition(change))).toEqual([sentence]);
  });
});

describe('definitionProblems', () => {
  it('finds nothing wrong with a good schedule', () => {
    expect(definitionProblems('job', nightly(), scheduleProblems)).toEqual([]);
  });

  it('names the process, and shows everything at once', () => {
    const bad = definition({
      schedule: { cron: '61 * * * *' },
      restart: 'always',
      backoff: { initialMs: 20_000 },
    });
    expect(definitionProblems('job', bad, scheduleProblems)).toEqual([
      'processes.job.restart: expected "never" for a process with a schedule, got "always"',
      'processes.job.backoff.initialMs: expected at most backoff.maxMs (10000), got 20000',
      'processes.job.schedule.cron: expected five or six cron fields or a name such as "@daily", ' +
        'got "61 * * * *" (Invalid value for minute: 61)',
    ]);
  });

  it('names the time zone', () => {
    const bad = definition({ schedule: { cron: '@daily', timezone: 'Europe/Berln' } });
    expect(definitionProblems('job', bad, scheduleProblems)).toEqual([
      'processes.job.schedule.timezone: expected the IANA name of a time zone, got "Europe/Berln"',
    ]);
  });
});
