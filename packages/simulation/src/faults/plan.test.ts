import { lintPolicy } from '@fettle/core/policy/lint-policy';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { machineCount, WorldSpec } from '../world/spec.ts';
import { FAULT_KINDS } from './fault.ts';
import { specOf } from './plan.ts';

const specs = Array.from({ length: 400 }, (_, seed) => specOf(seed));

test('the same seed gives the same world', () => {
  expect(specOf(17)).toEqual(specOf(17));
});

test('every world is one that a file can hold', () => {
  for (const spec of specs) expect(v.parse(WorldSpec, JSON.parse(JSON.stringify(spec)))).toEqual(spec);
});

test('every policy is one that may be set, and most are the default one', () => {
  for (const { policy } of specs) expect(lintPolicy(policy)).toEqual([]);
  const usual = specs.filter(({ policy }) => policy.check.intervalMs === 30_000 && policy.mode === 'act');
  expect(usual.length).toBeGreaterThan(specs.length / 2);
  expect(specs.some(({ policy }) => policy.mode === 'shadow')).toBe(true);
});

test('every kind of fault comes up', () => {
  const kinds = new Set(specs.flatMap(({ faults }) => faults.map((fault) => fault.kind)));
  expect(FAULT_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
});

describe('worlds', () => {
  test('are small', () => {
    const sizes = specs.map(machineCount);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(30);
  });

  test('are as large as asked', () => {
    expect(machineCount(specOf(1, 'small', 5))).toBeGreaterThanOrEqual(5);
    expect(machineCount(specOf(1, 'large'))).toBeGreaterThanOrEqual(1000);
  });

  test('have no fault after the time of faults', () => {
    for (const { faults, safetyMs } of specs)
      for (const { at } of faults) expect(at).toBeLessThanOrEqual(safetyMs);
  });
});
