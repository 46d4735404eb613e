import type { LevelTry } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  commit,
  diagnosis,
  fleet,
  HOUR,
  ledgerEntry,
  levelTry,
  MINUTE,
  origin,
  policy,
  sickMachine,
  T0,
  verdict,
  versions,
} from '../testing/builders.ts';
import { chooseStep, sickServices } from './ladder.ts';
import type { Evidence, MachineRecord } from './record.ts';

const NEW = versions({ customer: commit('c') });

/** A machine whose present versions are unproven, and whose older ones worked. */
function changed(overrides: Partial<MachineRecord> = {}): MachineRecord {
  return sickMachine({
    versions: NEW,
    ledger: [ledgerEntry(), ledgerEntry({ versions: NEW, state: 'unproven' })],
    ...overrides,
  });
}

function evidence(overrides: Partial<Evidence>): Evidence {
  return { provider: 'running', diskPresent: true, pidnapAnswers: true, ...overrides };
}

function choose(record: MachineRecord, tries: LevelTry[] = [], chosen = policy()) {
  return chooseStep({ record, tries, policy: chosen, now: T0 });
}

/** The choice in one line: levels that are skipped, and what is next. */
function read(record: MachineRecord, tries: LevelTry[] = [], chosen = policy()): string {
  const { skipped, next } = choose(record, tries, chosen);
  const skips = skipped.map((one) => `skip ${one.level} ${one.reason}`);
  const what =
    next.kind === 'try'
      ? `try ${next.rung.level}.${next.attempt} ${next.action.do}`
      : next.kind === 'hold'
        ? `hold ${next.reason}`
        : 'give up';
  return [...skips, what].join('; ');
}

const failed = (level: LevelTry['level'], attempt = 1) => levelTry({ level, attempt });
const skipped = (level: LevelTry['level']) => levelTry({ level, attempt: 0, outcome: 'skipped' });

describe('the order of the levels', () => {
  test.each<[string, LevelTry[], string]>([
    ['nothing tried', [], 'try 1.1 restart-services'],
    ['one restart failed', [failed(1)], 'try 1.2 restart-services'],
    ['both restarts failed', [failed(1), failed(1, 2)], 'try 2.1 apply-versions'],
    ['level 2 failed', [failed(1), failed(1, 2), failed(2)], 'try 3.1 restart'],
    ['level 1 skipped', [skipped(1)], 'try 2.1 apply-versions'],
    ['levels 1 and 2 skipped', [skipped(1), skipped(2)], 'try 3.1 restart'],
    ['level 3 failed', [failed(1), failed(1, 2), failed(2), failed(3)], 'give up'],
    ['level 2 tried after one restart: level 1 is behind us', [failed(1), failed(2)], 'try 3.1 restart'],
    ['level 3 skipped', [skipped(1), skipped(2), skipped(3)], 'give up'],
    [
      'level 3 skipped because the machine was gone, and it is back',
      [skipped(1), skipped(2), { ...skipped(3), reason: 'machine-gone' }],
      'try 3.1 restart',
    ],
  ])('%s', (_name, tries, expected) => {
    expect(read(changed(), tries)).toBe(expected);
  });

  test('is the policy’s: rungs that are left out are not climbed', () => {
    const short = policy({ ladder: [{ level: 3, attempts: 2, timeoutMs: 1000 }] });
    expect(read(changed(), [], short)).toBe('try 3.1 restart');
    expect(read(changed(), [failed(3)], short)).toBe('try 3.2 restart');
    expect(read(changed(), [failed(3), failed(3, 2)], short)).toBe('hold ladder-exhausted');
  });

  test('takes the time for a try from its rung', () => {
    const { next } = choose(changed());
    expect(next).toMatchObject({ kind: 'try', rung: { level: 1, attempts: 2, timeoutMs: 2 * MINUTE } });
  });
});

describe('what the evidence makes impossible', () => {
  test.each<[string, Partial<Evidence>, string]>([
    [
      'pidnap does not answer',
      { pidnapAnswers: false },
      'skip 1 pidnap-unreachable; skip 2 pidnap-unreachable; try 3.1 restart',
    ],
    ['pidnap was not asked', { pidnapAnswers: null }, 'try 1.1 restart-services'],
    [
      'the machine is stopped',
      { provider: 'stopped' },
      'skip 1 machine-not-running; skip 2 machine-not-running; try 3.1 restart',
    ],
    [
      'the machine is paused',
      { provider: 'paused' },
      'skip 1 machine-not-running; skip 2 machine-not-running; try 3.1 restart',
    ],
    [
      'the machine is starting',
      { provider: 'starting' },
      'skip 1 machine-not-running; skip 2 machine-not-running; try 3.1 restart',
    ],
    [
      'the machine is gone',
      { provider: 'absent' },
      'skip 1 machine-gone; skip 2 machine-gone; skip 3 machine-gone; give up',
    ],
  ])('%s', (_name, seen, expected) => {
    expect(read(changed({ evidence: evidence(seen) }))).toBe(expected);
  });

  test.each(['host', 'provider', 'network', 'control-plane', 'unknown'] as const)(
    'the failure lies in the %s: no level is tried, and none is skipped for good',
    (domain) => {
      const record = changed({ evidence: evidence({ provider: null }), diagnosis: diagnosis(domain) });
      expect(read(record)).toBe('hold not-the-machine');
      expect(choose(record).skipped).toEqual([]);
    },
  );

  test.each(['service', 'version', 'machine'] as const)('a failure of the %s is acted on', (domain) => {
    expect(read(changed({ diagnosis: diagnosis(domain) }))).toBe('try 1.1 restart-services');
  });

  test('every skip says why, for people', () => {
    const { skipped: passed } = choose(changed({ evidence: evidence({ provider: 'stopped' }) }));
    expect(passed.map((one) => one.message)).toEqual(['The machine is stopped', 'The machine is stopped']);
  });
});

describe('level 1', () => {
  test('restarts every service that is to blame, once each, and no other', () => {
    const record = changed({
      verdict: verdict('unhealthy', 'service-down', 'service-not-answering', 'daemon-down'),
    });
    expect(choose(record).next).toMatchObject({
      action: { do: 'restart-services', names: ['web', 'daemon'] },
      message: 'restart web, daemon',
    });
  });

  test('is skipped when no single service is to blame', () => {
    const record = changed({ verdict: verdict('unhealthy', 'pidnap-not-answering') });
    expect(read(record)).toBe('skip 1 no-sick-service; try 2.1 apply-versions');
  });

  test.each([
    [null, []],
    [verdict('healthy'), []],
    [verdict('unhealthy', 'machine-gone'), []],
    [verdict('unhealthy', 'service-down', 'service-unhealthy'), ['web']],
  ])('sees whom a verdict blames', (given, expected) => {
    expect(sickServices(changed({ verdict: given }))).toEqual(expected);
  });
});

describe('level 2', () => {
  const twice = [failed(1), failed(1, 2)];

  test('restores the newest set that worked, with fresh checkouts', () => {
    const older = versions({ customer: commit('e') });
    const ledger = [
      ledgerEntry({ versions: older, lastSeenAt: T0 - 2 * HOUR }),
      ledgerEntry({ lastSeenAt: T0 - HOUR }),
      ledgerEntry({ versions: NEW, state: 'unproven', lastSeenAt: T0 }),
    ];
    expect(choose(changed({ ledger }), twice).next).toMatchObject({
      action: { do: 'apply-versions', refs: { platform: commit('a'), customer: commit('b') }, fresh: true },
      message:
        'restore platform a000000, customer b000000, which worked, from platform a000000, customer c000000',
    });
  });

  test('is skipped when the present versions have worked: they are not what is wrong', () => {
    const ledger = [ledgerEntry(), ledgerEntry({ versions: NEW })];
    expect(read(changed({ ledger }), twice)).toBe('skip 2 already-known-good; try 3.1 restart');
  });

  test('is skipped when nothing else ever worked', () => {
    const ledger = [ledgerEntry({ versions: NEW, state: 'unproven' })];
    expect(read(changed({ ledger }), twice)).toBe('skip 2 no-known-good; try 3.1 restart');
  });

  test('goes to another image when nothing is known to work with the present one', () => {
    const ledger = [ledgerEntry({ versions: versions({ image: 'image-0' }) })];
    expect(choose(changed({ ledger }), twice).next).toMatchObject({
      kind: 'try',
      action: { do: 'rebuild', image: 'image-0', refs: { platform: commit('a'), customer: commit('b') } },
      message: expect.stringMatching(
        /^restore .* with image image-0, which worked, from .* with image image-1$/,
      ),
    });
  });

  test.each<[string, Partial<MachineRecord['evidence']>]>([
    ['does not run', { provider: 'stopped' }],
    ['hears nobody inside', { pidnapAnswers: false }],
  ])('goes to another image also when the machine %s: nobody inside is needed for it', (_name, found) => {
    const ledger = [ledgerEntry({ versions: versions({ image: 'image-0' }) })];
    expect(read(changed({ ledger, evidence: evidence(found) }), twice)).toBe('try 2.1 rebuild');
  });

  test('is skipped when only another image is known to work, and machines of the type keep theirs', () => {
    const identity = { ...origin().identity, type: 'daytona' as const };
    const ledger = [ledgerEntry({ versions: versions({ image: 'image-0' }) })];
    const { skipped } = choose(changed({ identity, ledger }), twice);
    expect(skipped).toMatchObject([{ level: 2, reason: 'image-fixed' }]);
    expect(skipped[0]?.message).toContain('a machine of type daytona keeps its image for life');
  });

  test('is skipped when the slot is pinned, whatever worked', () => {
    const { skipped } = choose(changed({ fleet: fleet({ pinned: 'a demo' }) }), twice);
    expect(skipped).toMatchObject([{ level: 2, reason: 'pinned', message: 'The slot is pinned: a demo' }]);
  });

  test('leaves what has worked here, when it was quarantined since', () => {
    const ledger = [ledgerEntry(), ledgerEntry({ versions: NEW })];
    const known = fleet({ quarantined: [NEW] });
    expect(read(changed({ ledger, fleet: known }), twice)).toBe('try 2.1 apply-versions');
  });

  test('leaves it also when it had been passed over before that', () => {
    const ledger = [ledgerEntry(), ledgerEntry({ versions: NEW })];
    const known = changed({ ledger, fleet: fleet({ quarantined: [NEW] }) });
    expect(read(changed({ ledger }), [...twice, skipped(2)])).toBe('try 3.1 restart');
    expect(read(known, [...twice, skipped(2)])).toBe('try 2.1 apply-versions');
    expect(read(known, [...twice, skipped(2), failed(2)])).toBe('try 3.1 restart');
    expect(read(known, [...twice, skipped(2), failed(2), failed(3)])).toBe('give up');
  });

  test('is not passed over again and again where there is nothing to go to', () => {
    const stuck = changed({ ledger: [], fleet: fleet({ quarantined: [NEW] }) });
    expect(read(stuck, [...twice, skipped(2)])).toBe('try 3.1 restart');
    const poor = policy({ budgets: { actions: { max: 0 } } });
    const known = changed({ fleet: fleet({ quarantined: [NEW] }) });
    expect(read(known, [...twice, skipped(2), skipped(3)], poor)).toBe('give up');
  });

  test('never goes to a set that was found broken', () => {
    const ledger = [ledgerEntry({ state: 'broken' })];
    expect(read(changed({ ledger }), twice)).toBe('skip 2 no-known-good; try 3.1 restart');
  });

  test('restores what worked also when it is not known what runs', () => {
    expect(read(changed({ versions: null }), twice)).toBe('try 2.1 apply-versions');
  });
});

describe('budgets', () => {
  const spent = (level: 1 | 3, count: number) =>
    Array.from({ length: count }, () => ({ at: T0 - MINUTE, level }));

  test('all spent: every level but the last is skipped', () => {
    expect(read(changed({ spent: spent(1, 7) }))).toBe(
      'skip 1 budget-spent; skip 2 budget-spent; skip 3 budget-spent; give up',
    );
  });

  test('of machine restarts: only level 3 is skipped', () => {
    expect(read(changed({ spent: spent(3, 3) }))).toBe('try 1.1 restart-services');
    expect(read(changed({ spent: spent(3, 3) }), [skipped(1), skipped(2)])).toBe(
      'skip 3 budget-spent; give up',
    );
  });
});
