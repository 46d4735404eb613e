import { describe, expect, it } from 'vitest';
import { T0, checked, definition, inState, nightly, stopping } from '../../test/builders.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import { endedRun } from './history.ts';
import { NO_HEALTH, type ProcessRecord } from './record.ts';
import { restoreRecord } from './restore.ts';
import { effectsOfAdoption } from './resume.ts';
import { wakeAt } from './step.ts';

const LATER = T0 + 100_000;

function resumed(
  old: ProcessRecord,
  { alive = false, policy = definition() }: { alive?: boolean; policy?: ProcessDefinition } = {},
): ProcessRecord {
  return restoreRecord(old, {
    name: 'web',
    definition: policy,
    source: 'config',
    jitterSeed: 5,
    now: LATER,
    resumed: true,
    alive,
  });
}

describe('after pidnap was killed', () => {
  it.each(['pending', 'blocked', 'backing-off', 'scheduled', 'stopped', 'completed', 'failed'] as const)(
    'what was %s is so still',
    (state) => {
      const old = inState(state);
      for (const policy of [definition(), definition({ restart: 'never' }), nightly()]) {
        expect(resumed(old, { policy })).toBe(old);
      }
    },
  );

  it('a run that is alive goes on, and is asked for its health at once', () => {
    const health = { ...NO_HEALTH, status: 'healthy', checkedAt: T0 + 5, nextProbeAt: T0 + 9 } as const;
    const old = inState('running', { health });
    const after = resumed(old, { alive: true, policy: checked() });
    expect(after).toEqual({
      ...old,
      reason: 'adopted',
      message: 'run 1 went on while pidnap was away',
      health: { ...health, nextProbeAt: LATER },
    });
    expect(wakeAt(after)).toBe(LATER);
    expect(endedRun(old, after)).toBeNull();
  });

  it('a run that is alive and has no check is not asked', () => {
    expect(wakeAt(resumed(inState('running'), { alive: true }))).toBeNull();
  });

  it('a run that was being ended is asked again, with the whole grace: nobody knows whether it was asked', () => {
    const policy = definition({ stop: { signal: 'SIGINT', graceMs: 300 } });
    const after = resumed(inState('stopping'), { alive: true, policy });
    expect(after).toEqual({ ...inState('stopping'), phase: stopping({ killAt: LATER + 300 }) });
    expect(effectsOfAdoption(after, policy)).toEqual([{ type: 'signal', signal: 'SIGINT', scope: 'group' }]);
  });

  it('a run that was being killed still is', () => {
    const old = inState('stopping', { phase: stopping({ killed: true }) });
    expect(resumed(old, { alive: true })).toBe(old);
    expect(effectsOfAdoption(old, definition())).toEqual([]);
  });

  it('a run that goes on is left alone', () => {
    expect(effectsOfAdoption(resumed(inState('running'), { alive: true }), definition())).toEqual([]);
  });

  it.each(['starting', 'running'] as const)(
    'a %s run that is gone is settled by policy, as an exit that nobody saw',
    (state) => {
      const settled = (policy: ProcessDefinition) => {
        const { phase, reason } = resumed(inState(state, { exitCode: 0 }), { policy });
        return `${phase.state} ${reason}`;
      };
      expect(settled(definition({ restart: 'always' }))).toBe('backing-off exit-not-seen');
      expect(settled(definition({ restart: 'unless-stopped' }))).toBe('backing-off exit-not-seen');
      expect(settled(definition({ restart: 'on-failure' }))).toBe('backing-off exit-not-seen');
      expect(settled(definition({ restart: 'on-success' }))).toBe('failed exit-not-seen');
      expect(settled(definition({ restart: 'never' }))).toBe('failed interrupted-by-supervisor-restart');
      expect(settled(nightly())).toBe('scheduled interrupted-by-supervisor-restart');
      expect(settled(definition({ budget: { maxRestarts: 0 } }))).toBe('failed budget-used-up');
    },
  );

  it('a run that is gone is in the history, its exit unknown', () => {
    const old = inState('running', { exitCode: 9, oomKilled: true });
    const after = resumed(old);
    expect(after).toMatchObject({ exitCode: null, signal: null, oomKilled: false, restarts: 1 });
    expect(endedRun(old, after)).toMatchObject({
      run: 1,
      pid: 100,
      exitCode: null,
      stoppedAt: LATER,
      message: 'ended, nobody saw how',
    });
  });

  it.each([
    ['stay-down', 'stopped'],
    ['start-again', 'pending'],
    ['recover', 'backing-off'],
    ['settle', 'backing-off'],
    ['await-schedule', 'scheduled'],
  ] as const)('a tree that was ended to %s and is gone leads to %s', (then, state) => {
    const old = inState('stopping', { phase: stopping({ then }), reason: 'unhealthy' });
    expect(resumed(old).phase.state).toBe(state);
  });

  it('a tree whose process had ended with 0 is settled by that exit', () => {
    const phase = stopping({ exit: { exitCode: 0, signal: null }, then: 'settle' });
    const old = inState('stopping', { phase, exitCode: 0, stoppedAt: T0 + 5 });
    expect(resumed(old, { policy: definition({ restart: 'never' }) })).toMatchObject({
      phase: { state: 'completed' },
      stoppedAt: T0 + 5,
    });
  });

  it('a run whose time came again meanwhile is followed by the queued one', () => {
    const old = inState('running', { queuedRun: true });
    expect(resumed(old, { policy: nightly('queue') })).toMatchObject({
      phase: { state: 'pending' },
      reason: 'schedule-due',
      queuedRun: false,
    });
  });
});
