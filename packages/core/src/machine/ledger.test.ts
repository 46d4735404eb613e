import type { LedgerEntry } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { commit, HOUR, ledgerEntry, MINUTE, SECOND, T0, versions } from '../testing/builders.ts';
import { deepFreeze } from '../testing/deep-freeze.ts';
import {
  interruptBaking,
  isProven,
  markBroken,
  recordCheck,
  sameVersions,
  shortImage,
  shortVersions,
} from './ledger.ts';

const A = versions();
const B = versions({ customer: commit('c') });
const C = versions({ platform: commit('d') });
const OTHER_IMAGE = versions({ image: 'image-2' });

function numbered(count: number, overrides: Partial<LedgerEntry>): LedgerEntry[] {
  return Array.from({ length: count }, (_, index) =>
    ledgerEntry({ versions: versions({ customer: index.toString(16).padStart(40, '0') }), ...overrides }),
  );
}

type Check = Parameters<typeof recordCheck>[0];

/** The ledger after one healthy check of the first set, without an incident and with a bake time of a minute. */
function check(ledger: LedgerEntry[], overrides: Partial<Check> = {}): LedgerEntry[] {
  const usual = { versions: A, healthy: true, inIncident: false, now: T0, bakeMs: MINUTE };
  return recordCheck({ ledger, ...usual, ...overrides });
}

/** The ledger after checks at these seconds, each healthy, failed or not known. */
function baked(checks: [seconds: number, healthy: boolean | null][], bakeMs = MINUTE): LedgerEntry[] {
  return checks.reduce<LedgerEntry[]>(
    (ledger, [seconds, healthy]) => check(ledger, { healthy, now: T0 + seconds * SECOND, bakeMs }),
    [],
  );
}

describe('sameVersions', () => {
  test.each([
    ['the same', A, versions(), true],
    ['another commit of the customer', A, B, false],
    ['another commit of the platform', A, C, false],
    ['another image', A, OTHER_IMAGE, false],
    ['nothing and something', null, A, false],
    ['something and nothing', A, null, false],
    ['nothing and nothing: nobody knows', null, null, false],
  ])('%s', (_name, a, b, expected) => {
    expect(sameVersions(a, b)).toBe(expected);
  });
});

test('versions are shown by the first seven characters of each commit', () => {
  expect(shortVersions(A)).toBe('platform a000000, customer b000000');
});

test.each([
  [`sha256:${'0123456789abcdef'.repeat(4)}`, '0123456789ab'],
  ['0123456789abcdef'.repeat(4), '0123456789ab'],
  ['registry.example/machine:v2', 'registry.example/machine:v2'],
])('the image %s is shown as %s', (image, short) => {
  expect(shortImage(image)).toBe(short);
});

describe('baking', () => {
  test.each<[string, [number, boolean | null][], LedgerEntry['state']]>([
    ['one healthy check proves nothing', [[0, true]], 'unproven'],
    [
      'healthy for less than the bake time',
      [
        [0, true],
        [59, true],
      ],
      'unproven',
    ],
    [
      'healthy for the bake time',
      [
        [0, true],
        [30, true],
        [60, true],
      ],
      'works',
    ],
    [
      'a failed check in between starts it anew',
      [
        [0, true],
        [30, false],
        [60, true],
      ],
      'unproven',
    ],
    [
      'and then it takes the whole bake time',
      [
        [0, true],
        [30, false],
        [60, true],
        [120, true],
      ],
      'works',
    ],
    [
      'a check that could not tell changes nothing',
      [
        [0, true],
        [30, null],
        [60, true],
      ],
      'works',
    ],
    [
      'checks that could not tell prove nothing',
      [
        [0, null],
        [60, null],
        [120, null],
      ],
      'unproven',
    ],
    [
      'never healthy',
      [
        [0, false],
        [120, false],
      ],
      'unproven',
    ],
    [
      'what worked once has worked, also when it fails later',
      [
        [0, true],
        [60, true],
        [90, false],
      ],
      'works',
    ],
  ])('%s', (_name, checks, state) => {
    expect(baked(checks)).toMatchObject([{ state }]);
  });

  test('begins when an incident is over, and not while it settles', () => {
    let ledger = check([ledgerEntry({ state: 'unproven', healthySince: T0 - 59 * SECOND })], {
      inIncident: true,
    });
    ledger = check(ledger, { inIncident: true, now: T0 + MINUTE });
    expect(ledger).toMatchObject([{ state: 'unproven', healthySince: null, healthyChecks: 122 }]);
    ledger = check(ledger, { now: T0 + 2 * MINUTE });
    expect(check(ledger, { now: T0 + 3 * MINUTE - SECOND })).toMatchObject([{ state: 'unproven' }]);
    expect(check(ledger, { now: T0 + 3 * MINUTE })).toMatchObject([{ state: 'works' }]);
  });

  test('ends with an incident, also by a look that could not tell', () => {
    const ledger = check([ledgerEntry({ state: 'unproven' })], { inIncident: true, healthy: null });
    expect(ledger).toMatchObject([{ state: 'unproven', healthySince: null }]);
  });

  test('counts healthy and failed checks, and knows since when', () => {
    expect(
      baked(
        [
          [0, true],
          [30, true],
          [60, false],
          [90, null],
          [120, true],
        ],
        HOUR,
      ),
    ).toEqual([
      {
        versions: A,
        state: 'unproven',
        firstSeenAt: T0,
        lastSeenAt: T0 + 120 * SECOND,
        healthySince: T0 + 120 * SECOND,
        provenAt: null,
        healthyChecks: 3,
        failedChecks: 1,
      },
    ]);
  });

  test('keeps the moment of the first proof', () => {
    expect(
      baked([
        [0, true],
        [60, true],
        [120, true],
      ]),
    ).toMatchObject([{ provenAt: T0 + 60 * SECOND }]);
  });

  test('ends for a set when another one runs', () => {
    const two = check(check([]), { versions: B, now: T0 + 30 * SECOND });
    const back = check(two, { now: T0 + MINUTE });
    expect(back.map(({ versions: set, state, healthySince }) => ({ set, state, healthySince }))).toEqual([
      { set: B, state: 'unproven', healthySince: null },
      { set: A, state: 'unproven', healthySince: T0 + MINUTE },
    ]);
  });

  test('makes a broken set work again, when it was healthy for the bake time after all', () => {
    const ledger = [ledgerEntry({ state: 'broken', healthySince: null })];
    expect(check(ledger, { bakeMs: 0 })).toMatchObject([{ state: 'works' }]);
  });

  test('is interrupted by a time that nobody watched', () => {
    expect(interruptBaking([ledgerEntry(), ledgerEntry({ versions: B, healthySince: null })])).toEqual([
      ledgerEntry({ healthySince: null }),
      ledgerEntry({ versions: B, healthySince: null }),
    ]);
  });

  test('leaves the ledger it was given as it was', () => {
    const ledger = deepFreeze([ledgerEntry(), ledgerEntry({ versions: B })]);
    expect(() => check(ledger, { healthy: false, bakeMs: 0 })).not.toThrow();
    expect(() => markBroken(ledger, A)).not.toThrow();
  });
});

describe('a full ledger', () => {
  test('never grows beyond fifty sets', () => {
    let ledger: LedgerEntry[] = [];
    for (const { versions: set } of numbered(120, {})) ledger = check(ledger, { versions: set });
    expect(ledger).toHaveLength(50);
  });

  test('loses unproven sets before proven ones', () => {
    const ledger = [ledgerEntry({ versions: C }), ...numbered(49, { state: 'unproven' })];
    const next = check(ledger, { versions: B });
    expect(next).toHaveLength(50);
    expect(isProven(next, C)).toBe(true);
  });

  test('of proven sets loses the one that ran longest ago', () => {
    const ledger = numbered(50, { state: 'works' });
    const next = check(ledger, { versions: B });
    expect(next).toHaveLength(50);
    expect(next.map((entry) => entry.versions)).not.toContainEqual(ledger[0]?.versions);
  });

  test('lets a new set prove itself, although all others are proven', () => {
    let ledger = numbered(50, { state: 'works' });
    for (const seconds of [0, 30, 60]) ledger = check(ledger, { versions: B, now: T0 + seconds * SECOND });
    expect(isProven(ledger, B)).toBe(true);
  });
});

describe('isProven', () => {
  test.each<[LedgerEntry['state'], boolean]>([
    ['works', true],
    ['unproven', false],
    ['broken', false],
  ])('a set that is %s: %s', (state, expected) => {
    expect(isProven([ledgerEntry({ state })], A)).toBe(expected);
  });

  test('is about this very set', () => {
    expect(isProven([ledgerEntry()], B)).toBe(false);
    expect(isProven([ledgerEntry()], null)).toBe(false);
  });
});

describe('markBroken', () => {
  test('marks that set and no other', () => {
    const marked = markBroken([ledgerEntry(), ledgerEntry({ versions: B, state: 'unproven' })], B);
    expect(marked.map((entry) => entry.state)).toEqual(['works', 'broken']);
    expect(marked[1]?.healthySince).toBeNull();
  });
});
