import { Policy } from '@fettle/contract/policy';
import { lintPolicy } from '@fettle/core/policy/lint-policy';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { demoPolicy, MOST_CHECK_MS } from './demo-policy.ts';
import { withChecksOf } from './with-checks-of.ts';

const policyFor = (checkMs: number) => v.parse(Policy, demoPolicy(checkMs));

test.each([
  [5000, 60_000],
  [5000, MOST_CHECK_MS],
  [60_000, 5000],
])('a policy for checks every %i ms can be given checks every %i ms', (presentMs, wantedMs) => {
  const policy = withChecksOf(policyFor(presentMs), policyFor(wantedMs));
  expect(policy.check.intervalMs).toBe(wantedMs);
  expect(lintPolicy(policy)).toEqual([]);
});

test('what an operator has set besides the checks stays', () => {
  const present = { ...policyFor(5000), mode: 'shadow' as const };
  const policy = withChecksOf({ ...present, blame: { ...present.blame, withinMs: 0 } }, policyFor(60_000));
  expect(policy).toMatchObject({ mode: 'shadow', blame: { withinMs: 0 } });
});
