import { expect, test } from 'vitest';
import { WrittenPoints } from './written-points.ts';

test('knows the last point of a boot, and nothing of another boot or another machine', () => {
  const written = new WrittenPoints();
  written.remember('demo.web-1.1', 'boot-1', 7);
  expect(written.lastSeq('demo.web-1.1', 'boot-1')).toBe(7);
  expect(written.lastSeq('demo.web-1.1', 'boot-2')).toBe(0);
  expect(written.lastSeq('demo.web-2.1', 'boot-1')).toBe(0);
});

test('forgets the boot before', () => {
  const written = new WrittenPoints();
  written.remember('demo.web-1.1', 'boot-1', 7);
  written.remember('demo.web-1.1', 'boot-2', 1);
  expect(written.lastSeq('demo.web-1.1', 'boot-1')).toBe(0);
});

test('is bounded: the machine that was silent for longest goes', () => {
  const written = new WrittenPoints(2);
  written.remember('a', 'boot', 1);
  written.remember('b', 'boot', 1);
  written.remember('a', 'boot', 2);
  written.remember('c', 'boot', 1);
  expect(['a', 'b', 'c'].map((machine) => written.lastSeq(machine, 'boot'))).toEqual([2, 0, 1]);
});
