import { describe, expect, it } from 'vitest';
import { T0, checked, definition, inState, record, spawned } from '../../test/builders.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import type { Effect } from './event.ts';
import type { ProcessRecord } from './record.ts';
import { step, wakeAt } from './step.ts';

const POLICY = checked({}, { intervalMs: 10_000, startIntervalMs: 500, startPeriodMs: 60_000, retries: 3 });

function started(policy: ProcessDefinition): ProcessRecord {
  const starting = step(record(), { type: 'dependencies', unmet: [] }, T0, policy).record;
  return step(starting, spawned(7), T0, policy).record;
}

/** Ticks when the record wants it and answers each probe with the next letter: `+` passed, `-` failed. */
function probes(
  answers: string,
  policy: ProcessDefinition = POLICY,
  from: ProcessRecord = started(policy),
): { record: ProcessRecord; effects: readonly Effect[]; now: number } {
  let current = from;
  let now = T0;
  let effects: readonly Effect[] = [];
  for (const answer of answers) {
    now = Math.max(now, wakeAt(current) ?? now);
    const due = step(current, { type: 'tick' }, now, policy);
    expect(due.effects).toEqual([{ type: 'probe', run: 1 }]);
    const message = answer === '+' ? 'HTTP 200' : 'HTTP 500';
    const answered = step(due.record, { type: 'probed', run: 1, ok: answer === '+', message }, now, policy);
    current = answered.record;
    effects = answered.effects;
  }
  return { record: current, effects, now };
}

describe('probing', () => {
  it('begins soon after the start', () => {
    expect(wakeAt(started(POLICY))).toBe(T0 + 500);
  });

  it('is quick until the first passed probe and at the interval from then on', () => {
    const waiting = probes('-');
    expect(wakeAt(waiting.record)).toBe(waiting.now + 500);
    const well = probes('-+');
    expect(wakeAt(well.record)).toBe(well.now + 10_000);
    const failing = probes('+-');
    expect(wakeAt(failing.record)).toBe(failing.now + 10_000);
  });

  it('never pauses longer before the first passed probe than after it', () => {
    expect(wakeAt(started(checked({}, { intervalMs: 100, startIntervalMs: 500 })))).toBe(T0 + 100);
  });

  it('asks once and waits for the answer', () => {
    const due = step(started(POLICY), { type: 'tick' }, T0 + 500, POLICY);
    expect(due.wakeAt).toBeNull();
    const again = step(due.record, { type: 'tick' }, T0 + 5000, POLICY);
    expect(again.effects).toEqual([]);
  });

  it('does not happen before its time', () => {
    expect(step(started(POLICY), { type: 'tick' }, T0 + 499, POLICY).effects).toEqual([]);
  });

  it('does not happen where no health is checked', () => {
    const plain = definition();
    expect(wakeAt(started(plain))).toBeNull();
    expect(started(plain).health.status).toBe('unknown');
  });

  it('ignores an answer when the check was removed from the definition meanwhile', () => {
    const before = inState('running');
    const answer = { type: 'probed', run: 1, ok: false, message: 'x' } as const;
    expect(step(before, answer, T0, definition()).record).toBe(before);
  });
});

describe('health', () => {
  const strict = checked({}, { startPeriodMs: 0, retries: 3 });
  it.each([
    ['', 'unknown', 0],
    ['+', 'healthy', 0],
    ['-', 'unknown', 1],
    ['--', 'unknown', 2],
    ['+-', 'healthy', 1],
    ['+--', 'healthy', 2],
    ['+--+', 'healthy', 0],
    ['+--+--', 'healthy', 2],
    ['-+', 'healthy', 0],
  ])('after "%s", without a start period, is %s with %i failures', (answers, status, failures) => {
    expect(probes(answers, strict).record.health).toMatchObject({ status, failures });
  });

  it.each(['---', '+---', '+--+---'])('after "%s" is unhealthy: the tree is ended to recover', (answers) => {
    const { record: after, effects } = probes(answers, strict);
    expect(after.health).toMatchObject({ status: 'unhealthy', failures: 3 });
    expect(after.phase).toMatchObject({ state: 'stopping', then: 'recover' });
    expect(after).toMatchObject({
      reason: 'unhealthy',
      message: 'unhealthy after 3 failed checks: HTTP 500',
    });
    expect(effects).toEqual([{ type: 'signal', signal: 'SIGTERM', scope: 'group' }]);
  });

  it.each([1, 2, 5])('needs %i failures in a row where that is configured', (retries) => {
    const policy = checked({}, { startPeriodMs: 0, retries });
    expect(probes('+' + '-'.repeat(retries - 1), policy).record.phase.state).toBe('running');
    expect(probes('+' + '-'.repeat(retries), policy).record.phase.state).toBe('stopping');
  });

  it.each(['never', 'on-success'] as const)(
    'of a process that restarts %s is shown, not acted on',
    (restart) => {
      const policy = checked({ restart }, { startPeriodMs: 0, retries: 2 });
      const sick = probes('+--', policy);
      expect(sick.record).toMatchObject({
        phase: { state: 'running' },
        health: { status: 'unhealthy', failures: 2 },
      });
      expect(probes('+--+', policy).record.health).toMatchObject({ status: 'healthy', failures: 0 });
    },
  );

  it('remembers what the last probe said and when', () => {
    const { record: after, now } = probes('+-');
    expect(after.health).toMatchObject({ message: 'HTTP 500', checkedAt: now });
  });

  it('remembers when the run first was healthy', () => {
    const first = probes('-+');
    expect(first.record.healthyAt).toBe(first.now);
    const later = probes('++', POLICY, first.record);
    expect(later.record.healthyAt).toBe(first.now);
  });
});

describe('the start period', () => {
  it('forgives every failure before the first passed probe', () => {
    const { record: after } = probes('-'.repeat(100));
    expect(after.health).toMatchObject({ status: 'unknown', failures: 0, message: 'HTTP 500' });
    expect(after.phase.state).toBe('running');
  });

  it('is over with the first passed probe', () => {
    const { record: after } = probes('+---');
    expect(after.phase.state).toBe('stopping');
  });

  it('ends after its time: failures count from then on', () => {
    // Probes at 0.5 s steps: 119 of them lie before 60 s, number 120 falls on it.
    expect(probes('-'.repeat(119)).record.health.failures).toBe(0);
    expect(probes('-'.repeat(120)).record.health.failures).toBe(1);
    expect(probes('-'.repeat(122)).record.phase.state).toBe('stopping');
  });
});

describe('a run that gets well too late', () => {
  it('goes through with the restart that has begun', () => {
    const strict = checked({}, { startPeriodMs: 0, retries: 1 });
    const { record: ending } = probes('-', strict);
    const late = step(ending, { type: 'probed', run: 1, ok: true, message: 'HTTP 200' }, T0 + 5000, strict);
    expect(late.record).toBe(ending);
  });
});

describe('health that is told unasked', () => {
  const told = { type: 'probed', run: 1, ok: true, message: 'a line matched' } as const;

  it('counts at once, and the next probe counts from there', () => {
    const early = step(started(POLICY), told, T0 + 100, POLICY);
    expect(early.record).toMatchObject({ healthyAt: T0 + 100, health: { status: 'healthy', failures: 0 } });
    expect(early.wakeAt).toBe(T0 + 100 + 10_000);
    const due = step(early.record, { type: 'tick' }, T0 + 10_100, POLICY);
    expect(due.effects).toEqual([{ type: 'probe', run: 1 }]);
  });

  it('while a probe is under way leaves its answer to count as well', () => {
    const asked = step(started(POLICY), { type: 'tick' }, T0 + 500, POLICY).record;
    const well = step(asked, told, T0 + 600, POLICY).record;
    const late = step(well, { ...told, ok: false, message: 'timed out' }, T0 + 700, POLICY);
    expect(late.record.health).toMatchObject({ status: 'healthy', failures: 1, message: 'timed out' });
    expect(late.wakeAt).toBe(T0 + 700 + 10_000);
  });

  it('forgives failures that were counted', () => {
    const failing = probes('+--');
    const { record: after } = step(failing.record, told, failing.now + 1, POLICY);
    expect(after.health).toMatchObject({ status: 'healthy', failures: 0 });
  });
});

describe('a log check', () => {
  const line = (maxAgeMs?: number) => definition({ health: { kind: 'log', pattern: 'ready', maxAgeMs } });
  const told = { type: 'probed', run: 1, ok: true, message: 'a line matched' } as const;

  it('that asks for one line is asked no more once it came', () => {
    const { record: after, wakeAt: at } = step(started(line()), told, T0 + 100, line());
    expect(after.health).toMatchObject({ status: 'healthy', nextProbeAt: null });
    expect(at).toBeNull();
  });

  it('that asks for one line is asked until it came', () => {
    const { wakeAt: at } = step(started(line()), { ...told, ok: false }, T0 + 100, line());
    expect(at).toBe(T0 + 100 + 500);
  });

  it('that asks for a recent line is asked again and again', () => {
    const recent = line(20_000);
    expect(step(started(recent), told, T0 + 100, recent).wakeAt).toBe(T0 + 100 + 10_000);
  });
});
