import * as v from 'valibot';
import { expect, test } from 'vitest';
import { Policy } from './policy.ts';

const MINUTE = 60_000;

test('an empty policy takes the numbers to start from', () => {
  const policy = v.parse(Policy, {});
  expect(policy.check).toMatchObject({ intervalMs: 30_000, unhealthyAfter: 3 });
  expect(policy.grace).toEqual({
    serviceStartMs: MINUTE,
    machineStartMs: 5 * MINUTE,
    afterReturnMs: 5 * MINUTE,
  });
  expect(policy.budgets.machineRestarts).toEqual({ max: 3, withinMs: 30 * MINUTE });
  expect(policy.retainReplacedMs).toBe(240 * MINUTE);
});

test('the ladder goes up, and gives every level at least a minute', () => {
  const { ladder } = v.parse(Policy, {});
  expect(ladder.map((rung) => rung.level)).toEqual([1, 2, 3, 4]);
  expect(Math.min(...ladder.map((rung) => rung.timeoutMs))).toBeGreaterThanOrEqual(MINUTE);
});

test('the storm guard is on by default', () => {
  const { stormGuard } = v.parse(Policy, {});
  expect(stormGuard.maxSickShare).toBeLessThan(1);
  expect(stormGuard.maxConcurrentShare).toBeLessThan(1);
});

test('what is given replaces its default and nothing else', () => {
  const policy = v.parse(Policy, { check: { intervalMs: 2000 } });
  expect(policy).toEqual({
    ...v.parse(Policy, {}),
    check: { ...v.parse(Policy, {}).check, intervalMs: 2000 },
  });
});

test.each([
  ['an unknown setting', { chek: {} }, 'chek'],
  ['an interval that would never let an object rest', { check: { intervalMs: 10 } }, 'check.intervalMs'],
  ['a question that is waited for too long', { check: { callTimeoutMs: 60_000 } }, 'check.callTimeoutMs'],
  ['a share above one', { stormGuard: { maxSickShare: 40 } }, 'stormGuard.maxSickShare'],
  ['a ladder without rungs', { ladder: [] }, 'ladder'],
  [
    'a level that does not exist',
    { ladder: [{ level: 5, attempts: 1, timeoutMs: MINUTE }] },
    'ladder.0.level',
  ],
])('%s is refused by name', (_, input, field) => {
  const { issues } = v.safeParse(Policy, input);
  expect(issues?.[0]?.path?.map((part) => String(part.key)).join('.')).toBe(field);
});
