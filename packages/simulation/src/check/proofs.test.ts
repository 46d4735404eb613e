import {
  healthyMachine,
  incident,
  MINUTE,
  observation,
  policy,
  T0,
  verdict,
  versions,
} from '@fettle/core/testing/builders';
import { describe, expect, test } from 'vitest';
import { Proofs } from './proofs.ts';

const BAKE_MS = 5 * MINUTE;
const RULES = policy({ bakeMs: BAKE_MS });
const event = { type: 'observed' as const, actionId: 'demo.web-1.1/1', observation: observation() };
const NEW = versions({ customer: 'd'.repeat(40) });

/** Sees a machine every minute for so long, and tells which of these versions are proven then. */
function seen(minutes: number, recordAt: (minute: number) => Partial<ReturnType<typeof healthyMachine>>) {
  const proofs = new Proofs();
  const life = { baking: { versions: null, since: null } };
  for (let minute = 0; minute <= minutes; minute++) {
    const record = healthyMachine({ verdict: verdict('healthy'), ...recordAt(minute) });
    proofs.see({ event, policy: RULES, decision: { record } }, life, T0 + minute * MINUTE);
  }
  return proofs;
}

describe('versions are proven', () => {
  test('once a machine was well with them for the bake time', () => {
    const running = versions();
    expect(seen(2, () => ({ versions: running })).has('demo', running)).toBe(false);
    expect(seen(6, () => ({ versions: running })).has('demo', running)).toBe(true);
  });

  test('by the time with them, not with those before', () => {
    const before = versions();
    const proofs = seen(8, (minute) => ({ versions: minute < 7 ? before : NEW }));
    expect([proofs.has('demo', before), proofs.has('demo', NEW)]).toEqual([true, false]);
  });

  test.each([
    ['a failed check in between', { verdict: verdict('unhealthy', 'service-down') }],
    ['an open incident', { state: { phase: 'settling' as const, since: T0, incident: incident() } }],
  ])('not with %s', (_what, trouble) => {
    const running = versions();
    const proofs = seen(7, (minute) => ({ versions: running, ...(minute % 2 === 1 && trouble) }));
    expect(proofs.has('demo', running)).toBe(false);
  });

  test('for their project alone', () => {
    const running = versions();
    expect(seen(6, () => ({ versions: running })).has('other', running)).toBe(false);
  });
});
