import { expect, test } from 'vitest';
import { startupPoint } from './startup.ts';

const T0 = 1_800_000_000_000;
const READY = { entrypointAt: T0, tasksCompleteAt: T0 + 3000, allHealthyAt: T0 + 5000 };

test('a start is told from its first program on', () => {
  expect(startupPoint(READY, T0 + 4000)).toEqual({
    kind: 'startup',
    timeToReadyMs: 5000,
    entrypointStartedAt: T0,
    tasksCompleteMs: 3000,
    daemonReadyMs: 4000,
  });
});

test('nothing is told before everything was healthy', () => {
  expect(startupPoint({ ...READY, allHealthyAt: null }, T0 + 4000)).toBeNull();
});

test('a start without tasks has no time for them', () => {
  expect(startupPoint({ ...READY, tasksCompleteAt: null }, T0)).toMatchObject({ tasksCompleteMs: null });
});
