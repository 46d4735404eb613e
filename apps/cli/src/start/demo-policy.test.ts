import { lintPolicy } from '@fettle/core/policy/lint-policy';
import { MachineTemplate } from '@fettle/contract/machine-spec';
import { Policy } from '@fettle/contract/policy';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { DRILL_POLICY } from '../drill/drill-policy.ts';
import { DEMO_CHECK_MS, MOST_CHECK_MS, demoPolicy, demoTemplate, slotNames } from './demo-policy.ts';

const policies: [string, Policy][] = [
  ['npm start', v.parse(Policy, demoPolicy())],
  ['npm start with slow checks', v.parse(Policy, demoPolicy(60_000))],
  ['the drill', v.parse(Policy, DRILL_POLICY)],
];

describe.each(policies)('the policy of %s', (_, policy) => {
  test('has no contradictions', () => {
    expect(lintPolicy(policy)).toEqual([]);
  });

  test('has all four levels, in order, each with more time than a service has to start', () => {
    expect(policy.ladder.map(({ level }) => level)).toEqual([1, 2, 3, 4]);
    for (const { timeoutMs } of policy.ladder) expect(timeoutMs).toBeGreaterThan(policy.grace.serviceStartMs);
  });

  test('answers in time for its own checks', () => {
    expect(policy.check.callTimeoutMs).toBeLessThanOrEqual(policy.check.intervalMs);
  });
});

test.each([500, 1000, 30_000, 60_000, MOST_CHECK_MS])(
  'checks every %i ms contradict nothing else',
  (checkMs) => {
    expect(lintPolicy(v.parse(Policy, demoPolicy(checkMs)))).toEqual([]);
  },
);

test('the drill checks every 2 s, npm start every 5 s, and a policy by itself every 30 s', () => {
  expect(v.parse(Policy, DRILL_POLICY).check.intervalMs).toBe(2000);
  expect(v.parse(Policy, demoPolicy()).check.intervalMs).toBe(DEMO_CHECK_MS);
  expect(v.parse(Policy, {}).check.intervalMs).toBe(30_000);
});

test('the template is one that the contract takes', () => {
  const heads = { platform: '1'.repeat(40), customer: '2'.repeat(40) };
  expect(v.parse(MachineTemplate, demoTemplate(heads)).services[0]?.name).toBe('web');
});

test('slots are counted from 1', () => {
  expect(slotNames(3)).toEqual(['web-1', 'web-2', 'web-3']);
});
