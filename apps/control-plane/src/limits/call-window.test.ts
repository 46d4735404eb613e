import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallWindow } from './call-window.ts';

const T0 = 1_700_000_000_000;
const TWICE_A_SECOND = { calls: 2, withinMs: 1000 };

test('two calls go on at once, and the third may come a second after the first', () => {
  const window = new CallWindow(TWICE_A_SECOND, 10);
  expect(window.admit('a', T0)).toEqual({ ok: true, waitMs: 0 });
  expect(window.admit('a', T0 + 400)).toEqual({ ok: true, waitMs: 0 });
  expect(window.admit('a', T0 + 500)).toEqual({ ok: false, retryMs: 500 });
  expect(window.admit('a', T0 + 999)).toEqual({ ok: false, retryMs: 1 });
  expect(window.admit('a', T0 + 1000)).toEqual({ ok: true, waitMs: 0 });
  expect(window.admit('a', T0 + 1000)).toEqual({ ok: false, retryMs: 400 });
});

test('a flood of one caller takes nothing from another', () => {
  const window = new CallWindow(TWICE_A_SECOND, 10);
  for (let call = 0; call < 5000; call++) window.admit('flood', T0 + call);
  expect(window.admit('neighbour', T0 + 5000)).toEqual({ ok: true, waitMs: 0 });
});

test('a patient call gets the next turn, and who comes later gets the turn after it', () => {
  const window = new CallWindow(TWICE_A_SECOND, 10);
  const admitted = [1, 2, 3, 4, 5].map(() => window.admit('a', T0, 1500));
  expect(admitted).toEqual([
    { ok: true, waitMs: 0 },
    { ok: true, waitMs: 0 },
    { ok: true, waitMs: 1000 },
    { ok: true, waitMs: 1000 },
    { ok: false, retryMs: 2000 },
  ]);
});

test('a clock that was set back by a day keeps nobody out', () => {
  const window = new CallWindow(TWICE_A_SECOND, 10);
  window.admit('a', T0);
  window.admit('a', T0);
  expect(window.admit('a', T0 - 86_400_000)).toEqual({ ok: true, waitMs: 0 });
});

test('only so many callers are known, and whoever called longest ago is forgotten', () => {
  const window = new CallWindow({ calls: 1, withinMs: 1000 }, 2);
  for (const caller of ['a', 'b', 'c']) window.admit(caller, T0);
  expect(window.admit('c', T0)).toMatchObject({ ok: false });
  expect(window.admit('a', T0)).toMatchObject({ ok: true });
});

test('whatever comes, no window of time has more calls than allowed', () => {
  const gaps = fc.array(fc.record({ ms: fc.nat(900), patienceMs: fc.constantFrom(0, 700, 3000) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(gaps, (calls) => {
      const window = new CallWindow(TWICE_A_SECOND, 10);
      let now = T0;
      const turns: number[] = [];
      for (const { ms, patienceMs } of calls) {
        now += ms;
        const admitted = window.admit('a', now, patienceMs);
        if (admitted.ok) turns.push(now + admitted.waitMs);
      }
      for (const turn of turns)
        expect(turns.filter((one) => one >= turn && one < turn + 1000).length).toBeLessThanOrEqual(2);
    }),
    { numRuns: 200 },
  );
});
