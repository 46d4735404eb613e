import { describe, expect, it } from 'vitest';
import {
  ALL_STATES,
  T0,
  checked,
  definition,
  exited,
  inState,
  nightly,
  play,
  spawned,
  stopping,
} from '../../test/builders.ts';
import type { ProcessDefinition, ProcessDefinitionInput } from '../contract/definition.ts';
import { NO_HEALTH, type HealthRecord, type ProcessRecord } from './record.ts';
import { step, type Step } from './step.ts';

function redefine(before: ProcessRecord, previous: ProcessDefinition, next: ProcessDefinition): Step {
  return step(before, { type: 'redefined', previous }, T0 + 10, next);
}

/** State after it, with `(then)` while stopping; `-` for the same record. */
function led(before: ProcessRecord, previous: ProcessDefinition, next: ProcessDefinition): string {
  const { record } = redefine(before, previous, next);
  if (record === before) return '-';
  return record.phase.state + (record.phase.state === 'stopping' ? `(${record.phase.then})` : '');
}

const WELL: HealthRecord = {
  status: 'healthy',
  failures: 0,
  checkedAt: T0,
  message: 'ok',
  nextProbeAt: T0 + 99,
};

describe('a change of rules only', () => {
  it.each<Partial<ProcessDefinitionInput>>([
    { restart: 'never' },
    { backoff: { kind: 'linear' } },
    { crashLoop: {} },
    { budget: null },
    { minUptimeMs: 1 },
    { stop: { signal: 'SIGINT' } },
    { dependsOn: [{ process: 'db' }] },
    { logs: { files: 9 } },
    { forwardSignals: ['SIGHUP'] },
    { autostart: false },
  ])('leaves every state as it is: %j', (change) => {
    for (const state of ALL_STATES) expect(led(inState(state), definition(), definition(change))).toBe('-');
  });
});

describe('a change of what a process is started with', () => {
  it.each<Partial<ProcessDefinitionInput>>([
    { command: ['other'] },
    { cwd: '/other' },
    { env: { A: '1' } },
    { envFiles: ['/etc/env'] },
    { inheritEnv: ['A'] },
  ])('restarts what is up, by the stop rules it was started under: %j', (change) => {
    const previous = definition({ stop: { signal: 'SIGINT', graceMs: 77 } });
    const { record, effects } = redefine(inState('running'), previous, definition(change));
    expect(record).toMatchObject({
      phase: { state: 'stopping', then: 'start-again', killAt: T0 + 10 + 77 },
      reason: 'definition-changed',
    });
    expect(effects).toEqual([{ type: 'signal', signal: 'SIGINT', scope: 'group' }]);
  });

  it.each([
    ['pending', 'pending'],
    ['blocked', 'blocked'],
    ['starting', 'stopping(start-again)'],
    ['backing-off', 'pending'],
    ['scheduled', '-'],
    ['stopping', '-'],
    ['stopped', '-'],
    ['completed', 'pending'],
    ['failed', 'pending'],
  ] as const)('leads what is %s to: %s', (state, expected) => {
    expect(led(inState(state), definition(), definition({ command: ['other'] }))).toBe(expected);
  });
});

describe('a process that is put on a schedule', () => {
  it.each([
    ['pending', 'scheduled'],
    ['blocked', 'scheduled'],
    ['backing-off', 'scheduled'],
    ['completed', 'scheduled'],
    ['failed', 'scheduled'],
    ['starting', 'stopping(await-schedule)'],
    ['running', 'stopping(await-schedule)'],
    ['stopping', '-'],
    ['stopped', '-'],
  ] as const)('and was a service that is %s: %s', (state, expected) => {
    expect(led(inState(state), definition(), nightly())).toBe(expected);
  });

  it.each(['starting', 'running'] as const)('and was a task that is %s ends by itself', (state) => {
    expect(led(inState(state), definition({ restart: 'never' }), nightly())).toBe('-');
  });

  it.each(ALL_STATES)('and is %s but wanted down stays so', (state) => {
    expect(led(inState(state, { desired: 'down' }), definition(), nightly())).toBe('-');
  });

  it('waits for its first time when the old tree is gone, also after a second change', () => {
    const other = { ...nightly(), command: ['other'] };
    const asked = redefine(inState('running'), definition(), nightly());
    const { record } = play(asked.record, other, [
      [20, { type: 'redefined', previous: nightly() }],
      [30, exited({ exitCode: null, signal: 'SIGTERM' })],
    ]);
    expect(record).toMatchObject({
      phase: { state: 'scheduled' },
      reason: 'definition-changed',
      message: 'runs on a schedule now; waits for the next time of its schedule',
    });
  });
});

describe('a process that is taken off its schedule', () => {
  it('starts when it waited for its next time', () => {
    const { record } = redefine(inState('scheduled'), nightly(), definition());
    expect(record).toMatchObject({
      phase: { state: 'pending' },
      reason: 'definition-changed',
      queuedAt: T0 + 10,
    });
  });

  it('goes on with the run that is up, and follows its policy afterwards', () => {
    const before = inState('running', { queuedRun: true });
    const { record, effects } = redefine(before, nightly('queue'), definition());
    expect(record).toMatchObject({ phase: { state: 'running' }, queuedRun: false });
    expect(effects).toEqual([]);
    expect(step(record, exited(), T0 + 20, definition()).record.phase.state).toBe('backing-off');
  });

  it('starts again when it was being ended to wait for its time', () => {
    const before = inState('stopping', { desired: 'up', phase: stopping({ then: 'await-schedule' }) });
    expect(led(before, nightly(), definition())).toBe('stopping(start-again)');
  });

  it('stays down when it was stopped', () => {
    expect(led(inState('stopped'), nightly(), definition())).toBe('-');
  });

  it('keeps its times when only the pattern changes', () => {
    const hourly = { ...nightly(), schedule: { cron: '@hourly', overlap: 'skip' as const } };
    for (const state of ALL_STATES) expect(led(inState(state), nightly(), hourly)).toBe('-');
  });
});

describe('a health check that changes during a run', () => {
  const old = checked();
  const next = checked({}, { intervalMs: 50, startIntervalMs: 50 });

  it('is asked at once', () => {
    const { record, wakeAt } = redefine(inState('running', { health: WELL }), old, next);
    expect(wakeAt).toBe(T0 + 10);
    expect(record).toMatchObject({
      phase: { state: 'running' },
      healthyAt: T0,
      health: { ...NO_HEALTH, nextProbeAt: T0 + 10 },
    });
    expect(step(record, { type: 'tick' }, T0 + 10, next).effects).toEqual([{ type: 'probe', run: 1 }]);
  });

  it('that is new is asked at once', () => {
    expect(redefine(inState('running'), definition(), next).wakeAt).toBe(T0 + 10);
  });

  it('that is removed is asked no more: running is enough', () => {
    const never = inState('running', { health: { ...WELL, status: 'unhealthy' }, healthyAt: null });
    const { record, wakeAt } = redefine(never, old, definition());
    expect(wakeAt).toBeNull();
    expect(record).toMatchObject({ healthyAt: T0 + 10, health: NO_HEALTH });
  });

  it('that is equal is left alone, with its failures', () => {
    const before = inState('running', { health: { ...WELL, failures: 2 } });
    expect(redefine(before, old, checked({ budget: null })).record).toBe(before);
  });

  it.each(ALL_STATES.filter((state) => state !== 'running'))('means nothing to what is %s', (state) => {
    expect(led(inState(state), old, next)).toBe('-');
  });

  it('holds from the start of a run that is being started', () => {
    const { wakeAt } = play(inState('starting'), next, [
      [5, { type: 'redefined', previous: old }],
      [6, spawned(7)],
    ]);
    expect(wakeAt).toBe(T0 + 6 + 50);
  });
});
