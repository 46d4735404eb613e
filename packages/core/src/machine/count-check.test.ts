import { describe, expect, test } from 'vitest';
import { machine, policy, SECOND, T0, verdict } from '../testing/builders.ts';
import { countCheck, shouldOpenIncident, withoutFailures } from './count-check.ts';

const INTERVAL = 30 * SECOND;
const NONE = machine().check;
type Finding = 'healthy' | 'unhealthy' | 'unknown' | 'gone';

/** The counters after looks at these seconds. */
function counted(...looks: [seconds: number, finding: Finding][]): typeof NONE {
  return looks.reduce(
    (check, [seconds, finding]) =>
      countCheck({
        check,
        verdict: finding === 'gone' ? verdict('unhealthy', 'machine-gone') : verdict(finding),
        now: T0 + seconds * SECOND,
        intervalMs: INTERVAL,
      }),
    NONE,
  );
}

describe('counting failed checks', () => {
  test.each<[string, [number, Finding][], { failed: number; gone: number }]>([
    ['one', [[0, 'unhealthy']], { failed: 1, gone: 0 }],
    [
      'three in a row',
      [
        [0, 'unhealthy'],
        [30, 'unhealthy'],
        [60, 'unhealthy'],
      ],
      { failed: 3, gone: 0 },
    ],
    [
      'a burst counts once',
      [
        [0, 'unhealthy'],
        [1, 'unhealthy'],
        [2, 'unhealthy'],
        [14, 'unhealthy'],
      ],
      { failed: 1, gone: 0 },
    ],
    [
      'half an interval apart is enough',
      [
        [0, 'unhealthy'],
        [15, 'unhealthy'],
      ],
      { failed: 2, gone: 0 },
    ],
    [
      'a healthy one starts anew',
      [
        [0, 'unhealthy'],
        [30, 'healthy'],
        [60, 'unhealthy'],
      ],
      { failed: 1, gone: 0 },
    ],
    [
      'an unknown one is not counted',
      [
        [0, 'unknown'],
        [30, 'unknown'],
        [60, 'unknown'],
      ],
      { failed: 0, gone: 0 },
    ],
    [
      'an unknown one does not start anew',
      [
        [0, 'unhealthy'],
        [30, 'unknown'],
        [60, 'unhealthy'],
      ],
      { failed: 2, gone: 0 },
    ],
    [
      'gone is counted besides',
      [
        [0, 'gone'],
        [30, 'gone'],
      ],
      { failed: 2, gone: 2 },
    ],
    [
      'gone has to be said in a row',
      [
        [0, 'gone'],
        [30, 'unhealthy'],
        [60, 'gone'],
      ],
      { failed: 3, gone: 1 },
    ],
    [
      'gone in a burst counts once',
      [
        [0, 'gone'],
        [1, 'gone'],
        [2, 'gone'],
      ],
      { failed: 1, gone: 1 },
    ],
  ])('%s', (_name, looks, expected) => {
    expect(counted(...looks)).toMatchObject(expected);
  });

  test('remembers the first and the last', () => {
    expect(counted([0, 'unhealthy'], [30, 'unhealthy'], [40, 'unhealthy'], [60, 'unhealthy'])).toMatchObject({
      firstFailedAt: T0,
      lastFailedAt: T0 + 60 * SECOND,
    });
  });

  test('forgets everything after a healthy one', () => {
    expect(counted([0, 'gone'], [30, 'healthy'])).toEqual(NONE);
    expect(withoutFailures(counted([0, 'gone'], [30, 'gone']))).toEqual(NONE);
  });
});

describe('an incident is opened', () => {
  const { check } = { check: NONE };
  test.each([
    [2, 0, false],
    [3, 0, true],
    [4, 0, true],
    [1, 1, false],
    [2, 2, true],
    [0, 0, false],
  ])('after %i failed checks, of which %i found it gone: %s', (failed, gone, expected) => {
    expect(shouldOpenIncident({ ...check, failed, gone }, policy())).toBe(expected);
  });

  test('after as many as the policy says', () => {
    const strict = policy({ check: { unhealthyAfter: 1, goneAfter: 5 } });
    expect(shouldOpenIncident({ ...check, failed: 1 }, strict)).toBe(true);
    expect(shouldOpenIncident({ ...check, gone: 4 }, strict)).toBe(false);
  });
});
