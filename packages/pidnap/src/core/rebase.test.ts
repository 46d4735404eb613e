import { describe, expect, it } from 'vitest';
import { ALL_STATES, T0, inState } from '../../test/builders.ts';
import type { PastRun } from './history.ts';
import { rebasePastRun, rebaseRecord } from './rebase.ts';

const HEALTH = {
  status: 'healthy',
  failures: 0,
  checkedAt: T0 + 1,
  message: '',
  nextProbeAt: T0 + 2,
} as const;

/** Every number in it that is a time of these tests. */
const times = (value: unknown): number[] =>
  JSON.stringify(value, (_, one: unknown) => one)
    .match(/\d{13,}/g)
    ?.map(Number) ?? [];

describe('carrying times over a boot', () => {
  it.each(ALL_STATES)('moves every time of a %s process, and nothing else', (state) => {
    const record = inState(state, { recentRestarts: [T0 - 5, T0 - 4], health: HEALTH });
    const moved = rebaseRecord(record, 1000);
    expect(times(moved)).toEqual(times(record).map((at) => at + 1000));
    expect(rebaseRecord(moved, -1000)).toEqual(record);
  });

  it('moves every time of a run', () => {
    const run: PastRun = {
      run: 2,
      pid: 7,
      queuedAt: T0,
      startedAt: T0 + 1,
      healthyAt: null,
      stoppedAt: T0 + 9,
      exitCode: 0,
      signal: null,
      oomKilled: false,
      message: '',
    };
    expect(rebasePastRun(run, -T0)).toEqual({ ...run, queuedAt: 0, startedAt: 1, stoppedAt: 9 });
  });
});
