import { describe, expect, it } from 'vitest';
import { T0, definition, exited, inState, record, spawned } from '../../test/builders.ts';
import type { ProcessState } from '../contract/process.ts';
import type { ProcessEvent } from './event.ts';
import { step, wakeAt } from './step.ts';

describe('answers of an older run', () => {
  const late: ProcessEvent[] = [
    spawned(5),
    { type: 'spawn-failed', run: 1, message: 'late' },
    exited({ exitCode: 1 }),
    exited({ exitCode: 1, survivors: 3 }),
    { type: 'tree-gone', run: 1 },
    { type: 'probed', run: 1, ok: false, message: 'late' },
    { type: 'probed', run: 1, ok: true, message: 'late' },
  ];
  const states: ProcessState[] = ['starting', 'running', 'stopping', 'backing-off', 'completed'];
  it.each(late.flatMap((event) => states.map((state) => [event.type, state, event] as const)))(
    '%s does nothing to a later run that is %s',
    (_type, state, event) => {
      const later = inState(state, { runs: 2 });
      const result = step(later, event, T0 + 500, definition());
      expect(result.record).toBe(later);
      expect(result.effects).toEqual([]);
    },
  );
});

describe('wakeAt', () => {
  it.each([
    ['pending', null],
    ['blocked', null],
    ['starting', null],
    ['stopping', T0 + 5000],
    ['backing-off', T0 + 1000],
    ['scheduled', null],
    ['stopped', null],
    ['completed', null],
    ['failed', null],
  ] as const)('%s wakes at %s', (state, at) => {
    expect(wakeAt(inState(state))).toBe(at);
  });

  it('is the next probe while running', () => {
    const health = {
      status: 'healthy',
      failures: 0,
      checkedAt: T0,
      message: '',
      nextProbeAt: T0 + 77,
    } as const;
    expect(wakeAt(inState('running', { health }))).toBe(T0 + 77);
  });

  it('is null while a probe is under way', () => {
    expect(wakeAt(inState('running'))).toBeNull();
  });
});

describe('tick', () => {
  it.each([
    [999, 'backing-off'],
    [1000, 'pending'],
    [60_000, 'pending'],
  ])('%i ms after the exit a back-off of 1000 ms is %s', (at, state) => {
    const { record: after } = step(inState('backing-off'), { type: 'tick' }, T0 + at, definition());
    expect(after.phase.state).toBe(state);
  });

  it.each([
    [4999, []],
    [5000, [{ type: 'kill-tree' }]],
    [90_000, [{ type: 'kill-tree' }]],
  ])('%i ms after the stop signal, with a grace of 5000 ms, the effects are %j', (at, effects) => {
    expect(step(inState('stopping'), { type: 'tick' }, T0 + at, definition()).effects).toEqual(effects);
  });

  it('kills again each second while something of the tree is left', () => {
    const first = step(inState('stopping'), { type: 'tick' }, T0 + 5000, definition());
    expect(first.wakeAt).toBe(T0 + 6000);
    const early = step(first.record, { type: 'tick' }, T0 + 5500, definition());
    expect(early.effects).toEqual([]);
    const second = step(early.record, { type: 'tick' }, T0 + 6000, definition());
    expect(second.effects).toEqual([{ type: 'kill-tree' }]);
    expect(second.wakeAt).toBe(T0 + 7000);
  });

  it('has nobody to kill while the called-off spawn has not answered', () => {
    const waiting = step(inState('starting'), { type: 'stop', reason: 'stop-requested' }, T0, definition());
    expect(waiting.effects).toEqual([]);
    const due = step(waiting.record, { type: 'tick' }, T0 + 5000, definition());
    expect(due.effects).toEqual([]);
    expect(due.record.phase).toMatchObject({ state: 'stopping', pid: null, killed: false });
    expect(due.wakeAt).toBe(T0 + 6000);
  });
});

describe('a step', () => {
  it('does not touch the record it was given', () => {
    const before = Object.freeze({ ...record(), phase: Object.freeze({ state: 'pending' as const }) });
    const { record: after } = step(before, { type: 'dependencies', unmet: [] }, T0, definition());
    expect(after).not.toBe(before);
    expect(before.runs).toBe(0);
  });

  it('gives the same result for the same input', () => {
    const once = step(inState('running'), exited({ exitCode: 1 }), T0 + 9, definition());
    const again = step(inState('running'), exited({ exitCode: 1 }), T0 + 9, definition());
    expect(again).toEqual(once);
  });
});
