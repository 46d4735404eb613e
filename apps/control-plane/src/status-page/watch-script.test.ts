import { expect, test } from 'vitest';
import { WATCH_SCRIPT } from './watch-script.ts';

const NOW = 1_700_000_000_000;

type Words = [text: string, kind: string];
const { phaseWords, watchWords } = new Function(`${WATCH_SCRIPT}; return { phaseWords, watchWords };`)() as {
  phaseWords: (machine: object) => Words;
  watchWords: (view: object) => Words;
};

const phase = (overrides: object) =>
  phaseWords({
    phase: 'healthy',
    stale: false,
    lastCheckAt: NOW - 95_000,
    now: NOW,
    tick: { lagMs: 3 },
    ...overrides,
  });

const watch = (overrides: object | null) =>
  watchWords({
    now: NOW,
    watch: overrides && {
      sweptAt: NOW - 20_000,
      stale: false,
      machines: 3,
      medianLagMs: 2.4,
      worstLagMs: 30,
      staleMachines: [],
      silentMachines: [],
      rearmed: [],
      ...overrides,
    },
  });

test('a machine that is looked at in time has the style of its phase', () => {
  expect(phase({})).toEqual(['healthy', 'healthy']);
  expect(phase({ tick: { lagMs: null } })).toEqual(['healthy', 'healthy']);
});

test('a machine that was not looked at in time is never shown as well', () => {
  expect(phase({ stale: true })).toEqual(['healthy, last seen 95 s ago', 'stale']);
  expect(phase({ stale: true, lastCheckAt: null })).toEqual(['healthy, last seen never', 'stale']);
  expect(phase({ tick: { lagMs: 12_000 } })).toEqual(['healthy, watched 12 s late', 'stale']);
});

test('a sweep in time says how late the machines are watched', () => {
  expect(watch({})).toEqual(['Swept 20 s ago; machines are watched 2 ms late, at worst 30 ms.', '']);
});

test('a sweep that did not come is told, and so is one that never came', () => {
  expect(watch({ stale: true })).toEqual(['Swept 20 s ago: nobody watches the watchers.', 'suspect']);
  expect(watch(null)).toEqual(['No sweep has looked for lost alarms yet.', 'stale']);
});

test('machines in trouble are named, the first five of each kind', () => {
  const [text, kind] = watch({ staleMachines: ['a', 'b', 'c', 'd', 'e', 'f'], silentMachines: ['g'] });
  expect(text).toContain('6 not looked at in time (a, b, c, d, e, ...)');
  expect(text).toContain('1 with an object that does not answer (g)');
  expect(kind).toBe('stale');
});
