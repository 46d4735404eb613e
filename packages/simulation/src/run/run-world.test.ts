import { Policy } from '@fettle/contract';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { Coverage } from '../check/coverage.ts';
import { specOf } from '../faults/plan.ts';
import type { WorldSpec } from '../world/spec.ts';
import { runWorld } from './run-world.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

function spec(overrides: Partial<WorldSpec> = {}): WorldSpec {
  return {
    seed: 1,
    projects: 1,
    slots: 3,
    hosts: 2,
    safetyMs: HOUR / 2,
    policy: v.parse(Policy, {}),
    faults: [],
    ...overrides,
  };
}

test('a world in which nothing happens comes up and stays well', () => {
  const { violation, healedAfterMs, machineHours } = runWorld(spec());
  expect(violation).toBeNull();
  expect(healedAfterMs).toBeLessThanOrEqual(MINUTE);
  expect(machineHours).toBeGreaterThan(1.5);
});

test('the same seed gives the same run, bit for bit', () => {
  const first = runWorld(specOf(7, 'small', 4));
  expect(runWorld(specOf(7, 'small', 4))).toEqual(first);
  expect(runWorld(specOf(8, 'small', 4)).fingerprint).not.toBe(first.fingerprint);
});

test('another seed of the same world gives another run', () => {
  expect(runWorld(spec({ seed: 2 })).fingerprint).not.toBe(runWorld(spec({ seed: 1 })).fingerprint);
});

test('a machine that is ruined is replaced, with its data', () => {
  const coverage = new Coverage();
  const faults = [{ at: 10 * MINUTE, kind: 'machine-ruined', target: 0, forMs: 0, share: 1 }] as const;
  expect(runWorld(spec({ faults: [...faults] }), coverage).violation).toBeNull();
  const reached = new Map(coverage.probes.entries());
  expect(reached.get('a slot is substituted')).toBe(1);
  const tally = new Map(coverage.tally.entries());
  expect(
    tally.get('B1 a replacement has the newest copy that was ever seen of what it replaces')?.worked,
  ).toBe(1);
});

test('a fleet whose control plane was away for two hours is left alone', () => {
  const coverage = new Coverage();
  const outage = { at: 10 * MINUTE, kind: 'region-outage', target: 0, forMs: 2 * HOUR, share: 1 } as const;
  expect(runWorld(spec({ safetyMs: 3 * HOUR, faults: [outage] }), coverage).violation).toBeNull();
  const reached = new Map(coverage.probes.entries());
  expect(reached.get('we notice that we were away')).toBeGreaterThan(0);
  expect(reached.get('level 1 is tried')).toBe(0);
});

test('some small worlds with many faults hold', () => {
  const failed = Array.from({ length: 12 }, (_, index) => specOf(9000 + index, 'small', 4)).flatMap((one) => {
    const { violation } = runWorld({ ...one, safetyMs: Math.min(one.safetyMs, 2 * HOUR) });
    return violation === null ? [] : [`seed ${one.seed}: ${violation.message}`];
  });
  expect(failed).toEqual([]);
});
