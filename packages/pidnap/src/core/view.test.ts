import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ALL_STATES, T0, definition, inState, stopping } from '../../test/builders.ts';
import { ProcessView, RunView } from '../contract/process.ts';
import type { PastRun } from './history.ts';
import type { ProcessRecord } from './record.ts';
import { toRunView, toView } from './view.ts';

const OFFSET = 1_000_000;
const NEXT_DUE = T0 + 86_400_000;

const view = (record: ProcessRecord, env: Record<string, string> = {}) =>
  toView({
    record,
    definition: definition({ env }),
    definitionDigest: 'd',
    source: 'config',
    now: T0 + 700,
    wallOffset: OFFSET,
    nextDueAt: NEXT_DUE,
  });

describe('the view of a process', () => {
  it.each(ALL_STATES)('that is %s fits the contract', (state) => {
    const shown = view(inState(state));
    expect(v.parse(ProcessView, shown)).toEqual(shown);
    expect(shown.state).toBe(state);
  });

  it.each(ALL_STATES)('that is %s shows the fields of its state only', (state) => {
    const { pid, nextStartAt, killAt, blockedOn } = view(inState(state));
    expect({ pid, nextStartAt, killAt, blocked: blockedOn.length }).toEqual({
      pid: state === 'running' || state === 'stopping' ? 100 : null,
      nextStartAt: { 'backing-off': T0 + 1000 + OFFSET, scheduled: NEXT_DUE }[state as string] ?? null,
      killAt: state === 'stopping' ? T0 + 5000 + OFFSET : null,
      blocked: state === 'blocked' ? 1 : 0,
    });
  });

  it('shows no time of a SIGKILL that was sent already', () => {
    const phase = stopping({ killed: true, then: 'settle' });
    expect(view(inState('stopping', { phase })).killAt).toBeNull();
  });

  it('hides the values of the environment, not their names', () => {
    expect(view(inState('running'), { TOKEN: 'secret' }).definition.env).toEqual({ TOKEN: '[hidden]' });
  });

  it('shows every time on the wall clock as it is set now', () => {
    const health = {
      status: 'healthy',
      failures: 0,
      checkedAt: T0 + 4,
      message: '',
      nextProbeAt: null,
    } as const;
    const times = { since: T0 + 1, queuedAt: T0 + 2, healthyAt: T0 + 3, stoppedAt: T0 + 9, health };
    expect(view(inState('running', times))).toMatchObject({
      stateSince: T0 + 1 + OFFSET,
      queuedAt: T0 + 2 + OFFSET,
      startedAt: T0 + OFFSET,
      healthyAt: T0 + 3 + OFFSET,
      stoppedAt: T0 + 9 + OFFSET,
      health: { checkedAt: T0 + 4 + OFFSET },
    });
  });

  it.each([
    ['running', null, 700],
    ['completed', T0 + 250, 250],
    ['stopping', T0 + 60, 60],
  ] as const)('that is %s and stopped at %s has a duration of %i ms', (state, stoppedAt, durationMs) => {
    expect(view(inState(state, { stoppedAt })).durationMs).toBe(durationMs);
  });

  it('that never started has no duration', () => {
    expect(view(inState('pending')).durationMs).toBeNull();
  });

  it('says of a dependency what the API knows of it, its condition resolved', () => {
    expect(view(inState('blocked')).blockedOn).toEqual([
      { process: 'db', condition: 'healthy', state: 'starting' },
    ]);
  });
});

describe('the view of a run', () => {
  const run: PastRun = {
    run: 3,
    pid: 9,
    queuedAt: T0,
    startedAt: T0 + 40,
    healthyAt: T0 + 100,
    stoppedAt: T0 + 600,
    exitCode: 1,
    signal: null,
    oomKilled: false,
    message: 'exited with code 1',
  };
  const clocks = { now: T0 + 1000, wallOffset: OFFSET };

  it('has the times of the wall clock and durations of the steady one', () => {
    const shown = toRunView(run, clocks);
    expect(v.parse(RunView, shown)).toEqual(shown);
    expect(shown).toEqual({
      ...run,
      queuedAt: T0 + OFFSET,
      startedAt: T0 + 40 + OFFSET,
      healthyAt: T0 + 100 + OFFSET,
      stoppedAt: T0 + 600 + OFFSET,
      waitedMs: 40,
      toHealthyMs: 60,
      durationMs: 560,
    });
  });

  it('that is up lasts until now', () => {
    expect(toRunView({ ...run, stoppedAt: null }, clocks).durationMs).toBe(960);
  });

  it('that could not be started has no durations', () => {
    const shown = toRunView({ ...run, startedAt: null, healthyAt: null }, clocks);
    expect([shown.waitedMs, shown.toHealthyMs, shown.durationMs]).toEqual([null, null, null]);
  });
});
