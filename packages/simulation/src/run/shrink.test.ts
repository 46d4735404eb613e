import { Policy } from '@fettle/contract';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import type { FaultKind } from '../faults/fault.ts';
import { specOf } from '../faults/plan.ts';
import type { WorldSpec } from '../world/spec.ts';
import { runWorld } from './run-world.ts';
import { shrink } from './shrink.ts';

const MINUTE = 60_000;

test('a failing world keeps only what makes it fail', () => {
  const has = (kind: string) => (one: WorldSpec) => one.faults.some((fault) => fault.kind === kind);
  const spec = specOf(3);
  const kinds = [...new Set(spec.faults.map((fault) => fault.kind))];
  const [first = '', second = ''] = [kinds[0], kinds.at(-1)];
  const small = shrink(spec, (one) => has(first)(one) && has(second)(one), spec.safetyMs);
  expect(small.faults.map((fault) => fault.kind).toSorted()).toEqual([first, second].toSorted());
  expect(small).toMatchObject({ seed: spec.seed, projects: 1, slots: 1, hosts: 1 });
  expect(Math.max(...small.faults.map((fault) => fault.forMs))).toBeLessThanOrEqual(1000);
});

test('a world that fails in no smaller form stays as it is', () => {
  const spec = specOf(3);
  expect(shrink(spec, (one) => one === spec, spec.safetyMs)).toBe(spec);
});

test('a bug that is planted is found, and made small, in the same way every time', () => {
  // Every word about a machine that was given up is taken for acknowledged, and lost.
  const run = (spec: WorldSpec) => runWorld(spec, undefined, { bug: 'forgets-bricked' }).violation;
  const at = (minutes: number, kind: FaultKind, target: number) =>
    ({ at: minutes * MINUTE, kind, target, forMs: 5 * MINUTE, share: 0.5 }) as const;
  const faults = [
    at(6, 'service-gives-up', 0),
    at(8, 'machine-ruined', 2),
    at(9, 'messages-lost', 0),
    at(12, 'partition', 1),
    at(20, 'alarm-lost', 1),
  ];
  const spec = { ...specOf(3, 'small', 4), policy: v.parse(Policy, {}), safetyMs: 30 * MINUTE, faults };
  const found = run(spec);
  expect(found?.invariant).toMatch(/^P3 /);
  const make = () => shrink(spec, (one) => run(one)?.invariant === found?.invariant, found?.at ?? 0);
  const small = make();
  expect(small.faults.map((fault) => fault.kind)).toEqual(['machine-ruined']);
  expect(make()).toEqual(small);
});
