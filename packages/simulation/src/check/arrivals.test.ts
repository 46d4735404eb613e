import { MINUTE, policy, T0, versions } from '@fettle/core/testing/builders';
import { describe, expect, test } from 'vitest';
import { Arrivals } from './arrivals.ts';

const RULES = policy({ blame: { withinMs: 15 * MINUTE } });

function heard(word: { versionsSince?: number | null; incidentAt?: number | null; gone?: boolean }) {
  const arrivals = new Arrivals();
  const told = {
    machineId: 'demo.web-1.1',
    versions: versions(),
    versionsSince: T0,
    incidentAt: T0 + MINUTE,
    gone: false,
  };
  arrivals.hear({ ...told, ...word }, RULES);
  return arrivals.has('demo.web-1.1', versions());
}

describe('a machine got sick soon after its versions came', () => {
  test('when its incident was opened within the time for it', () => expect(heard({})).toBe(true));

  test.each([
    ['late', { incidentAt: T0 + 16 * MINUTE }],
    ['before they came', { incidentAt: T0 - 1 }],
    ['not at all', { incidentAt: null }],
    ['because it is gone', { gone: true }],
    ['and nobody knows since when it runs them', { versionsSince: null }],
  ])('not when it got sick %s', (_how, word) => expect(heard(word)).toBe(false));
});
