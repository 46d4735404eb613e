import { expect, test } from 'vitest';
import { specOf } from '../faults/plan.ts';
import type { WorldSpec } from '../world/spec.ts';
import { runWorld } from './run-world.ts';
import { shrink } from './shrink.ts';

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
  // Its outbox loses every word about a machine that was given up.
  const run = (spec: WorldSpec) => runWorld(spec, undefined, { bug: 'forgets-bricked' }).violation;
  const found = Array.from({ length: 40 }, (_, seed) => specOf(seed + 1, 'small', 4)).find(run);
  expect(found).toBeDefined();
  if (found === undefined) return;
  const invariant = run(found)?.invariant;
  const small = shrink(found, (one) => run(one)?.invariant === invariant, run(found)?.at ?? 0);
  expect(invariant).toMatch(/^P3 /);
  expect(small.faults.length).toBeLessThan(Math.max(2, found.faults.length));
  expect(shrink(found, (one) => run(one)?.invariant === invariant, run(found)?.at ?? 0)).toEqual(small);
}, 120_000);
