import { replay } from '@fettle/core/replay/replay';
import { policy } from '@fettle/core/testing/builders';
import { recorded } from '@fettle/core/testing/recorded';
import { Scenario } from '@fettle/core/testing/scenario';
import { describe, expect, test } from 'vitest';
import { describeReplay } from './describe-replay.ts';

/** A machine whose pidnap hung, and half an hour after that. */
function recording() {
  const s = Scenario.healthy();
  s.machine.hung.add('pidnap').add('daemon').add('web');
  s.runFor(1_800_000);
  return recorded(s);
}

describe('a replay is told', () => {
  test('with the verdict first, and where the recording stops to tell', () => {
    const past = recording();
    const text = describeReplay('demo.web-1.1', replay(past, policy({ check: { unhealthyAfter: 2 } })));
    const [head, faithful, difference, ...rest] = text.split('\n');
    expect(head).toMatch(/^demo\.web-1\.1: \d+ looks in 39m\d\ds, from /);
    expect(difference).toMatch(/^The other policy would have acted differently from [\d-]+ [\d:]+ on/);
    expect(faithful).toMatch(
      /^The recorded policy, replayed, decides what was decided: all \d+ decisions\.$/,
    );
    expect(rest.join('\n')).toContain('from here on the machine would have been in another state');
  });

  test('as the same where nothing differs', () => {
    const past = recording();
    const text = describeReplay('demo.web-1.1', replay(past, policy({ retainReplacedMs: 3_600_000 })));
    expect(text).toContain('The other policy would have done exactly the same.');
    expect(text).not.toContain('another state');
  });

  test('with what the replay cannot repeat, when there is any', () => {
    const past = recording();
    const events = past.events.filter(({ kind }) => kind !== 'level');
    const text = describeReplay('demo.web-1.1', replay({ ...past, events }, past.policy));
    expect(text).toMatch(/decides 2 of the decisions that were made; \d differ, listed below/);
    expect(text).toContain('WHAT WAS DECIDED');
  });

  test('as nothing, when no look found the machine at rest', () => {
    expect(describeReplay('m', replay({ ...recording(), snapshots: [] }, policy()))).toBe(
      'm: nothing to replay; no look of the recording found the machine at rest',
    );
  });
});
