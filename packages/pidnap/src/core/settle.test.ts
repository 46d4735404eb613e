import { describe, expect, it } from 'vitest';
import { T0, checked, definition, exited, inState, play, record, spawned } from '../../test/builders.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessRecord } from './record.ts';
import { step } from './step.ts';

/** Crashes a process over and over, `uptimeMs` after each start, until it stops coming back; gives the delays. */
function crashLoop(
  policy: ProcessDefinition,
  { uptimeMs, limit = 50 }: { uptimeMs: number; limit?: number },
): { record: ProcessRecord; delays: number[]; now: number } {
  let current = record();
  let now = T0;
  const delays: number[] = [];
  while (delays.length < limit) {
    current = step(current, { type: 'dependencies', unmet: [] }, now, policy).record;
    current = step(current, spawned(1, current.runs), now, policy).record;
    now += uptimeMs;
    const exit = exited({ run: current.runs, exitCode: 1 });
    current = step(current, exit, now, policy).record;
    if (current.phase.state !== 'backing-off') break;
    delays.push(current.phase.nextStartAt - now);
    now = current.phase.nextStartAt;
    current = step(current, { type: 'tick' }, now, policy).record;
  }
  return { record: current, delays, now };
}

describe('a crash loop', () => {
  it('backs off to the maximum and is given up when the budget is used up', () => {
    const { record: after, delays } = crashLoop(definition(), { uptimeMs: 10 });
    expect(delays).toEqual([1000, 2000, 4000, 8000, 10_000]);
    expect(after).toMatchObject({
      phase: { state: 'failed' },
      reason: 'budget-used-up',
      runs: 6,
      restarts: 5,
    });
    expect(after.message).toBe('exited with code 1; given up after 5 restarts within 60000 ms');
  });

  it.each([
    [0, 1],
    [1, 2],
    [3, 4],
  ])('with a budget of %i restarts runs %i times', (maxRestarts, runs) => {
    const { record: after } = crashLoop(definition({ budget: { maxRestarts } }), { uptimeMs: 10 });
    expect(after).toMatchObject({ phase: { state: 'failed' }, runs });
  });

  it('goes on for ever when restarts are spread wider than the window', () => {
    const policy = definition({ budget: { maxRestarts: 5, withinMs: 5000 } });
    const { record: after, delays } = crashLoop(policy, { uptimeMs: 10, limit: 30 });
    expect(after.phase.state).toBe('pending');
    expect(delays.slice(4)).toEqual(Array.from({ length: 26 }, () => 10_000));
    expect(after.recentRestarts.length).toBeLessThanOrEqual(5);
  });

  it('begins with the shortest delay again after each run that was long enough', () => {
    const { delays } = crashLoop(definition({ minUptimeMs: 10_000 }), { uptimeMs: 10_000, limit: 20 });
    expect(new Set(delays)).toEqual(new Set([1000]));
  });

  it('does not begin anew after a run that was one millisecond too short', () => {
    const { record: after, delays } = crashLoop(definition({ minUptimeMs: 10_000 }), { uptimeMs: 9999 });
    expect(delays.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(after.attempt).toBeGreaterThan(3);
  });

  it('of a service that never got healthy does not begin anew, however long its runs', () => {
    const { delays } = crashLoop(checked({ minUptimeMs: 1000 }), { uptimeMs: 5000, limit: 4 });
    expect(delays).toEqual([1000, 2000, 4000, 8000]);
  });

  it('after it was given up starts again on command, with the whole budget', () => {
    const policy = definition({ budget: { maxRestarts: 2 } });
    const { record: failed, now } = crashLoop(policy, { uptimeMs: 10 });
    const at = now - T0;
    const { record: after } = play(failed, policy, [
      [at, { type: 'restart', reason: 'restart-requested' }],
      [at, { type: 'dependencies', unmet: [] }],
      [at, spawned(2, 4)],
      [at + 1, exited({ run: 4, exitCode: 1 })],
    ]);
    expect(after).toMatchObject({ phase: { state: 'backing-off', nextStartAt: now + 1 + 1000 }, attempt: 1 });
    expect(after.recentRestarts).toEqual([now + 1]);
  });
});

describe('a restart by pidnap itself', () => {
  const exit = exited({ exitCode: 1 });

  it('is queued from the moment of the exit', () => {
    expect(step(inState('running'), exit, T0 + 77, definition()).record.queuedAt).toBe(T0 + 77);
  });

  it('says how long it waits', () => {
    const { message } = step(inState('running'), exit, T0 + 77, definition()).record;
    expect(message).toBe('exited with code 1; starts again in 1000 ms');
  });

  it('forgets the health of the run', () => {
    const health = {
      status: 'healthy',
      failures: 0,
      checkedAt: T0,
      message: 'HTTP 200',
      nextProbeAt: T0,
    } as const;
    const { record: after } = step(inState('running', { health }), exit, T0 + 77, checked());
    expect(after.health).toEqual({
      status: 'unknown',
      failures: 0,
      checkedAt: null,
      message: '',
      nextProbeAt: null,
    });
  });

  it('drops restarts from its memory that left the window', () => {
    const old = inState('running', { recentRestarts: [T0 - 70_000, T0 - 1000] });
    expect(step(old, exit, T0 + 10, definition()).record.recentRestarts).toEqual([T0 - 1000, T0 + 10]);
  });

  it('counts a restart exactly at the edge of the window no more', () => {
    const policy = definition({ budget: { maxRestarts: 1, withinMs: 60_000 } });
    const edge = inState('running', { recentRestarts: [T0 - 60_000] });
    expect(step(edge, exit, T0, policy).record.phase.state).toBe('backing-off');
    const inside = inState('running', { recentRestarts: [T0 - 59_999] });
    expect(step(inside, exit, T0, policy).record.phase.state).toBe('failed');
  });
});

describe('a task that completes', () => {
  it('has a clean record', () => {
    const exit = exited();
    const retried = inState('running', { attempt: 3, recentRestarts: [T0] });
    const { record: after } = step(retried, exit, T0 + 5, definition({ restart: 'on-failure' }));
    expect(after).toMatchObject({
      phase: { state: 'completed' },
      attempt: 0,
      recentRestarts: [],
      exitCode: 0,
    });
  });
});
