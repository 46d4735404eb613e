import { describe, expect, it } from 'vitest';
import { T0, definition, nightly } from '../../test/builders.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import { RestartPolicy } from '../contract/restart.ts';
import { canComplete, restartsAfter, whatFollows, type EndedRun } from './restart-policy.ts';

const POLICIES = RestartPolicy.options;

/** A short run that ended at T0, the first one. */
function endedRun(overrides: Partial<EndedRun> = {}): EndedRun {
  return {
    recentRestarts: [],
    attempt: 0,
    crashLooping: false,
    jitterSeed: 1,
    runs: 1,
    startedAt: T0 - 100,
    healthyAt: T0 - 100,
    stoppedAt: T0,
    ...overrides,
  };
}

/** Restarts over and over, `everyMs` apart, and gives what each led to: its delay, `hold` in front where held back. */
function row(policy: ProcessDefinition, count: number, everyMs: number, runMs = 1): string[] {
  const said: string[] = [];
  let run = endedRun();
  for (let i = 0; i < count; i++) {
    const now = T0 + i * everyMs;
    const next = whatFollows(
      'failure',
      { ...run, startedAt: now - runMs, healthyAt: now - runMs, stoppedAt: now },
      now,
      policy,
    );
    if (next.to !== 'backing-off') return [...said, next.to];
    said.push(next.held ? `hold ${next.delayMs}` : `${next.delayMs}`);
    run = { ...run, ...next.counts };
  }
  return said;
}

describe('restartsAfter', () => {
  it.each([
    ['always', true, true],
    ['unless-stopped', true, true],
    ['on-failure', false, true],
    ['on-success', true, false],
    ['never', false, false],
  ] as const)('%s: after a success %s, after a failure %s', (policy, success, failure) => {
    expect([restartsAfter(policy, 'success'), restartsAfter(policy, 'failure')]).toEqual([success, failure]);
  });
});

describe('canComplete', () => {
  it.each([
    ['always', false],
    ['unless-stopped', false],
    ['on-failure', true],
    ['on-success', false],
    ['never', true],
  ] as const)('%s: %s', (policy, expected) => {
    expect(canComplete(policy)).toBe(expected);
  });
});

describe('what follows a run', () => {
  it.each([
    ['always', 'backing-off', 'backing-off'],
    ['unless-stopped', 'backing-off', 'backing-off'],
    ['on-failure', 'completed', 'backing-off'],
    ['on-success', 'backing-off', 'failed'],
    ['never', 'completed', 'failed'],
  ] as const)('under %s: a success leads to %s, a failure to %s', (restart, success, failure) => {
    const policy = definition({ restart });
    expect(whatFollows('success', endedRun(), T0, policy).to).toBe(success);
    expect(whatFollows('failure', endedRun(), T0, policy).to).toBe(failure);
  });

  it.each(POLICIES)('on a schedule is its next time, whatever the exit, also under %s', (restart) => {
    const policy: ProcessDefinition = { ...nightly(), restart };
    expect(whatFollows('success', endedRun(), T0, policy).to).toBe('scheduled');
    expect(whatFollows('failure', endedRun(), T0, policy).to).toBe('scheduled');
  });
});

describe('the budget', () => {
  it.each([
    [0, ['given-up']],
    [1, ['1000', 'given-up']],
    [3, ['1000', '2000', '4000', 'given-up']],
  ])('of %i restarts: %j', (maxRestarts, expected) => {
    expect(row(definition({ budget: { maxRestarts } }), 10, 100)).toEqual(expected);
  });

  it('that is null never gives up, whatever the number of restarts', () => {
    expect(row(definition({ budget: null }), 2000, 1).at(-1)).toBe('10000');
  });

  it('counts only what lies within its time', () => {
    expect(row(definition({ budget: { maxRestarts: 2, withinMs: 1000 } }), 30, 500)).not.toContain(
      'given-up',
    );
    expect(row(definition({ budget: { maxRestarts: 2, withinMs: 1001 } }), 30, 500)).toContain('given-up');
  });

  it('counts a success that is repeated like any restart', () => {
    const policy = definition({ restart: 'on-success', budget: { maxRestarts: 1 } });
    const run = endedRun({ recentRestarts: [T0 - 1] });
    expect(whatFollows('success', run, T0, policy).to).toBe('given-up');
  });

  it('tells how many restarts used it up', () => {
    const run = endedRun({ recentRestarts: [T0 - 90_000, T0 - 20, T0 - 10] });
    const policy = definition({ budget: { maxRestarts: 2 } });
    expect(whatFollows('failure', run, T0, policy)).toEqual({
      to: 'given-up',
      recentRestarts: [T0 - 20, T0 - 10],
    });
  });
});

describe('the crash-loop rule', () => {
  const looping = (crashLoop: ProcessDefinition['crashLoop'], budget: ProcessDefinition['budget'] = null) =>
    definition({ crashLoop, budget, backoff: { kind: 'constant', initialMs: 10 } });

  it.each([
    [0, ['hold 60000', 'hold 60000', 'hold 60000', 'hold 60000']],
    [1, ['10', 'hold 60000', 'hold 60000', 'hold 60000']],
    [3, ['10', '10', '10', 'hold 60000']],
  ])('after %i restarts within its time holds each further one: %j', (restarts, expected) => {
    const policy = looping({ restarts, withinMs: 30_000, holdMs: 60_000 });
    expect(row(policy, 4, 100)).toEqual(expected);
  });

  it('goes on to hold although the hold is longer than its time', () => {
    const policy = looping({ restarts: 1, withinMs: 1000, holdMs: 60_000 });
    expect([...row(policy, 2, 500), '|', ...row(policy, 3, 1000)]).toEqual([
      '10',
      'hold 60000',
      '|',
      '10',
      '10',
      '10',
    ]);
    const held = endedRun({ crashLooping: true, recentRestarts: [T0 - 60_000] });
    expect(whatFollows('failure', held, T0, policy)).toMatchObject({ held: true, delayMs: 60_000 });
  });

  it('is over with a stable run', () => {
    const policy = { ...looping({ restarts: 1, withinMs: 1000, holdMs: 60_000 }), minUptimeMs: 5000 };
    const stable = endedRun({
      crashLooping: true,
      startedAt: T0 - 5000,
      recentRestarts: [T0 - 1],
      attempt: 9,
    });
    expect(whatFollows('failure', stable, T0, policy)).toEqual({
      to: 'backing-off',
      delayMs: 10,
      held: false,
      counts: { recentRestarts: [T0], attempt: 1, crashLooping: false },
    });
  });

  it('that is null holds nothing, also where a loop was found before', () => {
    const run = endedRun({ crashLooping: true, recentRestarts: [T0 - 3, T0 - 2, T0 - 1] });
    expect(whatFollows('failure', run, T0, looping(null))).toMatchObject({ held: false, delayMs: 10 });
  });

  it('comes after the budget', () => {
    const policy = looping(
      { restarts: 2, withinMs: 30_000, holdMs: 5 },
      { maxRestarts: 4, withinMs: 60_000 },
    );
    expect(row(policy, 10, 100)).toEqual(['10', '10', 'hold 5', 'hold 5', 'given-up']);
  });
});

describe('the memory of restarts', () => {
  it.each([
    ['none without rules', null, null, 0],
    ['what the budget asks about', { maxRestarts: 7, withinMs: 60_000 }, null, 7],
    ['nothing where each restart is held', null, { restarts: 0, withinMs: 30_000, holdMs: 0 }, 0],
    ['what the crash-loop rule asks about', null, { restarts: 3, withinMs: 30_000, holdMs: 0 }, 3],
    [
      'the longer of both',
      { maxRestarts: 900, withinMs: 60_000 },
      { restarts: 3, withinMs: 30_000, holdMs: 0 },
      500,
    ],
  ] as const)('is bounded: %s', (_name, budget, crashLoop, most) => {
    const policy = definition({ budget, crashLoop, backoff: { kind: 'constant', initialMs: 0 } });
    let run = endedRun();
    for (let i = 0; i < 700; i++) {
      const now = T0 + i * 120;
      const next = whatFollows('failure', { ...run, startedAt: now - 1, stoppedAt: now }, now, policy);
      if (next.to !== 'backing-off') break;
      run = { ...run, ...next.counts };
      expect(run.recentRestarts.length).toBeLessThanOrEqual(most);
    }
    expect(run.recentRestarts).toHaveLength(most);
  });
});
