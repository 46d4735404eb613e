import type { VersionSet } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  commit,
  fleet,
  HOUR,
  ledgerEntry,
  MINUTE,
  origin,
  sickMachine,
  T0,
  versions,
} from '../testing/builders.ts';
import type { Proven } from './fleet-versions.ts';
import type { MachineRecord } from './record.ts';
import { isKnownGood, lastWorking, replacementFor, rollbackTarget } from './rollback-target.ts';

const A = versions();
const B = versions({ customer: commit('c') });
const C = versions({ platform: commit('d') });
const OTHER_IMAGE = versions({ image: 'image-2' });

/** A sick machine that runs the versions B, which never worked here. */
function runsB(overrides: Partial<MachineRecord> = {}): MachineRecord {
  return sickMachine({
    versions: B,
    ledger: [ledgerEntry({ versions: B, state: 'unproven', healthySince: null })],
    ...overrides,
  });
}

function ofType(type: MachineRecord['identity']['type']): MachineRecord['identity'] {
  return { ...origin().identity, type };
}

function proven(set: VersionSet, agoMs = 0): Proven {
  return { versions: set, lastSeenAt: T0 - agoMs };
}

describe('what a machine is rolled back to', () => {
  test.each<[string, Partial<MachineRecord>, ReturnType<typeof rollbackTarget>]>([
    ['nothing, when nothing is known', {}, { kind: 'none' }],
    ['not what it runs', { ledger: [ledgerEntry({ versions: B })] }, { kind: 'none' }],
    ['another set that worked here', { ledger: [ledgerEntry()] }, { kind: 'same-image', versions: A }],
    ['not an unproven set', { ledger: [ledgerEntry({ state: 'unproven' })] }, { kind: 'none' }],
    ['not a broken set', { ledger: [ledgerEntry({ state: 'broken' })] }, { kind: 'none' }],
    [
      'of several the one that ran last',
      {
        ledger: [
          ledgerEntry({ versions: C, lastSeenAt: T0 - MINUTE }),
          ledgerEntry({ lastSeenAt: T0 - HOUR }),
        ],
      },
      { kind: 'same-image', versions: C },
    ],
    [
      'what an earlier machine of the slot has proven',
      { fleet: fleet({ slot: [proven(A)] }) },
      { kind: 'same-image', versions: A },
    ],
    [
      'the newer one of this machine and its slot',
      { ledger: [ledgerEntry({ lastSeenAt: T0 - HOUR })], fleet: fleet({ slot: [proven(C)] }) },
      { kind: 'same-image', versions: C },
    ],
    [
      'what its slot has proven rather than anything newer of other slots',
      { fleet: fleet({ slot: [proven(A, HOUR)], project: [proven(C)] }) },
      { kind: 'same-image', versions: A },
    ],
    [
      'what other slots have proven, when its own has nothing',
      { fleet: fleet({ project: [proven(C)] }) },
      { kind: 'same-image', versions: C },
    ],
    [
      'the same image rather than anything newer with another one',
      { ledger: [ledgerEntry({ versions: OTHER_IMAGE })], fleet: fleet({ project: [proven(C, HOUR)] }) },
      { kind: 'same-image', versions: C },
    ],
    [
      'another image, when nothing is known to work with the present one',
      { ledger: [ledgerEntry({ versions: OTHER_IMAGE })] },
      { kind: 'another-image', versions: OTHER_IMAGE },
    ],
    [
      'another image that other slots have proven',
      { identity: ofType('fly'), fleet: fleet({ project: [proven(OTHER_IMAGE)] }) },
      { kind: 'another-image', versions: OTHER_IMAGE },
    ],
    [
      'not another image where machines keep theirs',
      { identity: ofType('daytona'), ledger: [ledgerEntry({ versions: OTHER_IMAGE })] },
      { kind: 'image-fixed', versions: OTHER_IMAGE },
    ],
    [
      'never what is quarantined, whoever has proven it',
      {
        ledger: [ledgerEntry()],
        fleet: fleet({
          slot: [proven(C)],
          project: [proven(OTHER_IMAGE)],
          quarantined: [A, C, OTHER_IMAGE],
        }),
      },
      { kind: 'none' },
    ],
    [
      'never what this machine has shown to be broken, although others have proven it',
      { ledger: [ledgerEntry({ state: 'broken' })], fleet: fleet({ slot: [proven(A)] }) },
      { kind: 'none' },
    ],
    [
      'what others have proven with the image that the provider says it has, when it never told anything',
      { versions: null, ledger: [], fleet: fleet({ project: [proven(OTHER_IMAGE), proven(C, HOUR)] }) },
      { kind: 'same-image', versions: C },
    ],
    [
      'nothing, when nobody knows its image',
      { versions: null, ledger: [], inspection: null, fleet: fleet({ project: [proven(C)] }) },
      { kind: 'none' },
    ],
  ])('%s', (_name, overrides, target) => {
    expect(rollbackTarget(runsB(overrides))).toEqual(target);
  });
});

describe('known to be good', () => {
  test('is what was proven on this machine', () => {
    expect(isKnownGood(sickMachine())).toBe(true);
    expect(isKnownGood(runsB())).toBe(false);
  });

  test('is not what only others have proven', () => {
    expect(isKnownGood(runsB({ fleet: fleet({ slot: [proven(B)], project: [proven(B)] }) }))).toBe(false);
  });

  test('is nothing that was quarantined since', () => {
    expect(isKnownGood(sickMachine({ fleet: fleet({ quarantined: [A] }) }))).toBe(false);
  });
});

describe('the last working versions', () => {
  test('may be the present ones, on whatever image', () => {
    const ledger = [
      ledgerEntry({ lastSeenAt: T0 - 1 }),
      ledgerEntry({ versions: OTHER_IMAGE, lastSeenAt: T0 }),
    ];
    expect(lastWorking(sickMachine({ ledger }))).toEqual(OTHER_IMAGE);
  });

  test('are none when nothing ever worked', () => {
    const ledger = [ledgerEntry({ state: 'unproven' }), ledgerEntry({ versions: B, state: 'broken' })];
    expect(lastWorking(sickMachine({ ledger }))).toBeNull();
  });
});

describe('a replacement is to run', () => {
  const { platform, customer } = A;

  test.each<[string, Partial<MachineRecord>, ReturnType<typeof replacementFor>]>([
    [
      'what worked here last, with its image',
      { ledger: [ledgerEntry()] },
      { versions: { platform, customer }, image: 'image-1' },
    ],
    [
      'what worked in its slot, also on another image than the present one',
      { fleet: fleet({ slot: [proven(OTHER_IMAGE)] }) },
      { versions: { platform, customer }, image: 'image-2' },
    ],
    [
      'what other slots have proven, when nothing has worked here',
      { fleet: fleet({ project: [proven(C)] }) },
      { versions: { platform: C.platform, customer }, image: 'image-1' },
    ],
    [
      'what the machine was to run at first, when nothing is known to work',
      { initialVersions: { customer: 'v1' }, initialImage: 'image-0' },
      { versions: { customer: 'v1' }, image: 'image-0' },
    ],
    [
      'nothing that is quarantined',
      { ledger: [ledgerEntry()], fleet: fleet({ project: [proven(C, HOUR)], quarantined: [A] }) },
      { versions: { platform: C.platform, customer }, image: 'image-1' },
    ],
    [
      'what the machine ran, when its slot is pinned',
      { ledger: [ledgerEntry()], fleet: fleet({ pinned: 'a demo' }) },
      { versions: { platform, customer: B.customer }, image: 'image-1' },
    ],
  ])('%s', (_name, overrides, expected) => {
    expect(replacementFor(runsB(overrides))).toEqual(expected);
  });
});
