import { describe, expect, it } from 'vitest';
import { T0, definition, exited, inState, play, stopping } from '../../test/builders.ts';
import type { AfterStop } from './record.ts';
import { step } from './step.ts';

const exit = (survivors: number) => exited({ exitCode: null, signal: 'SIGTERM', survivors });

describe('ending a tree', () => {
  it('asks the group, then what is left of the tree, then kills, then waits until nothing is left', () => {
    const policy = definition({ stop: { graceMs: 1000 } });
    const asked = step(inState('running'), { type: 'stop', reason: 'stop-requested' }, T0, policy);
    expect(asked.effects).toEqual([{ type: 'signal', signal: 'SIGTERM', scope: 'group' }]);
    const left = step(asked.record, exit(2), T0 + 100, policy);
    expect(left.effects).toEqual([
      { type: 'signal', signal: 'SIGTERM', scope: 'tree' },
      { type: 'watch-tree', run: 1 },
    ]);
    expect(left.wakeAt).toBe(T0 + 1000);
    const killed = step(left.record, { type: 'tick' }, T0 + 1000, policy);
    expect(killed.effects).toEqual([{ type: 'kill-tree' }]);
    const gone = step(killed.record, { type: 'tree-gone', run: 1 }, T0 + 1010, policy);
    expect(gone.record.phase).toEqual({ state: 'stopped' });
    expect(gone.wakeAt).toBeNull();
  });

  it('is over with the process when it leaves nobody', () => {
    const { record: after, effects } = play(inState('stopping'), definition(), [[10, exit(0)]]);
    expect(after.phase.state).toBe('stopped');
    expect(effects).toEqual([]);
  });

  it('without a grace kills with the first tick', () => {
    const policy = definition({ stop: { graceMs: 0 } });
    const { effects, wakeAt } = step(
      inState('running'),
      { type: 'stop', reason: 'stop-requested' },
      T0,
      policy,
    );
    expect(effects).toHaveLength(1);
    expect(wakeAt).toBe(T0);
  });

  it('goes on for as long as something cannot be killed', () => {
    let { record } = step(inState('stopping'), { type: 'tick' }, T0 + 5000, definition());
    for (let second = 1; second <= 100; second++) {
      const next = step(record, { type: 'tick' }, T0 + 5000 + second * 1000, definition());
      expect(next.effects).toEqual([{ type: 'kill-tree' }]);
      record = next.record;
    }
    expect(record.phase.state).toBe('stopping');
  });

  it.each<[AfterStop, string]>([
    ['stay-down', 'stopped'],
    ['start-again', 'pending'],
    ['settle', 'backing-off'],
    ['recover', 'backing-off'],
    ['await-schedule', 'scheduled'],
  ])('meant to %s leads to %s, with survivors as without', (then, state) => {
    const before = inState('stopping', {
      phase: stopping({ then }),
      desired: then === 'stay-down' ? 'down' : 'up',
    });
    const plain = play(before, definition(), [[10, exit(0)]]);
    const late = play(before, definition(), [
      [10, exit(4)],
      [20, { type: 'tree-gone', run: 1 }],
    ]);
    expect([plain.record.phase.state, late.record.phase.state]).toEqual([state, state]);
  });
});
