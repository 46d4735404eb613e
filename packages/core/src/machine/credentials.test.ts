import { MACHINE_TOKEN_LIFE_MS, RENEWAL_OVERLAP_MS } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { healthyMachine, machine, MACHINE_ID, MINUTE, SECOND, T0 } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';
import {
  BOOTSTRAP_LIFE_MS,
  credentialRefusal,
  isArrival,
  mayRotate,
  NO_CREDENTIALS,
  withBootstrap,
  withRenewal,
  type ShownCredential,
} from './credentials.ts';
import { commandRefusal } from './command-refusal.ts';
import { decide } from './decide.ts';
import type { MachineEvent } from './event.ts';
import type { MachineRecord } from './record.ts';
import { policy } from '../testing/builders.ts';

const FETCHED = { id: `${MACHINE_ID}/2`, claimHash: 'claim', renewalId: 'first' };
const settled = (overrides: Partial<MachineRecord> = {}) =>
  healthyMachine({ credentials: withBootstrap(NO_CREDENTIALS, FETCHED, T0), ...overrides });
const bootstrap = (overrides: Partial<Extract<ShownCredential, { use: 'bootstrap' }>> = {}) =>
  ({ use: 'bootstrap', epoch: 1, id: FETCHED.id, claimHash: 'claim', issuedAt: T0, ...overrides }) as const;
const renewal = (id: string, epoch = 1) => ({ use: 'renewal', epoch, id }) as const;
const code = (record: MachineRecord, shown: ShownCredential, now = T0) =>
  credentialRefusal(record, shown, now)?.code ?? null;
const after = (record: MachineRecord, ...events: MachineEvent[]) =>
  events.reduce(
    (present, event) => decide({ record: present, event, now: T0 + SECOND, policy: policy() }).record,
    record,
  );
const revoke = {
  type: 'commanded',
  by: null,
  command: { kind: 'revoke-credentials', reason: 'stolen' },
} as const;

describe('a bootstrap token', () => {
  test('is exchanged by the first who shows it, and again by the same', () => {
    const fresh = healthyMachine();
    expect(code(fresh, bootstrap())).toBeNull();
    const record = after(fresh, { type: 'bootstrapped', ...FETCHED });
    expect(record.credentials.renewal).toEqual({ id: 'first', issuedAt: T0 + SECOND });
    expect(code(record, bootstrap())).toBeNull();
    expect(after(record, { type: 'bootstrapped', ...FETCHED, renewalId: 'second' })).toEqual(record);
  });

  test('is refused to whoever comes with another claim, and people are told once', () => {
    const thief = { type: 'bootstrapped', ...FETCHED, claimHash: 'mine', renewalId: 'thief' } as const;
    expect(code(settled(), bootstrap({ claimHash: 'mine' }))).toBe('CONFLICT');
    const record = after(settled(), thief, thief);
    expect(record.credentials.renewal?.id).toBe('first');
    expect(record.outbox.filter(({ message }) => message.kind === 'credentials-misused')).toHaveLength(1);
  });

  test('of another epoch, or an old one, is refused', () => {
    expect(code(healthyMachine(), bootstrap({ epoch: 2 }))).toBe('UNAUTHORIZED');
    expect(code(healthyMachine(), bootstrap(), T0 + BOOTSTRAP_LIFE_MS)).toBeNull();
    expect(code(healthyMachine(), bootstrap(), T0 + BOOTSTRAP_LIFE_MS + 1)).toBe('UNAUTHORIZED');
  });

  test('that came later takes the place of the one before; the one before is refused', () => {
    expect(code(settled(), bootstrap({ id: `${MACHINE_ID}/10`, claimHash: 'new' }))).toBeNull();
    expect(code(settled(), bootstrap({ id: `${MACHINE_ID}/1`, claimHash: 'old' }))).toBe('UNAUTHORIZED');
    const late = { type: 'bootstrapped', ...FETCHED, id: `${MACHINE_ID}/1`, claimHash: 'old' } as const;
    expect(after(settled(), late)).toEqual(settled());
  });
});

describe('a renewal token', () => {
  test('holds until its successor is shown, and a little longer', () => {
    const told = settled({ credentials: withRenewal(settled().credentials, 'second', T0) });
    const rotated = settled({ credentials: withRenewal(told.credentials, 'second', T0) });
    expect([isArrival(told, 'second'), isArrival(rotated, 'second')]).toEqual([true, false]);
    expect(code(settled(), renewal('first'))).toBeNull();
    expect(code(rotated, renewal('second'))).toBeNull();
    expect(code(rotated, renewal('first'), T0 + RENEWAL_OVERLAP_MS - 1)).toBeNull();
    expect(code(rotated, renewal('first'), T0 + RENEWAL_OVERLAP_MS)).toBe('UNAUTHORIZED');
    expect(code(rotated, renewal('made up'))).toBe('UNAUTHORIZED');
  });

  test('holds for days when the answer with its successor was lost', () => {
    const told = settled({ credentials: withRenewal(settled().credentials, 'second', T0) });
    expect(code(told, renewal('first'), T0 + 7 * 86_400_000)).toBeNull();
  });

  test('is replaced only for who has the present one, and a repeat replaces nothing', () => {
    const rotated = after(settled(), { type: 'renewal-rotated', renewalId: 'second' });
    expect([mayRotate(rotated, 'first'), mayRotate(rotated, 'second')]).toEqual([false, true]);
    const shown = after(rotated, { type: 'renewal-rotated', renewalId: 'second' });
    expect(after(shown, { type: 'renewal-rotated', renewalId: 'second' })).toEqual(shown);
  });
});

describe('revoking', () => {
  test('refuses everything of the epoch before, at once', () => {
    const record = after(settled(), revoke);
    const shown = [{ use: 'machine', epoch: 1 } as const, renewal('first'), bootstrap()];
    expect(shown.map((one) => code(record, one))).toEqual(shown.map(() => 'UNAUTHORIZED'));
    expect(MACHINE_TOKEN_LIFE_MS).toBeLessThanOrEqual(60_000);
  });

  test('is refused where there is nothing to take back, and no way to hand over others', () => {
    const command = { kind: 'revoke-credentials', reason: 'stolen' } as const;
    expect(commandRefusal(healthyMachine(), command)?.code).toBe('CONFLICT');
    expect(commandRefusal(after(settled(), revoke), command)).toBeNull();
  });

  test('hands the machine others at once, and again in each interval until it has fetched them', () => {
    const scenario = Scenario.healthy();
    scenario.step({ type: 'bootstrapped', ...FETCHED });
    scenario.command({ kind: 'revoke-credentials', reason: 'stolen' });
    scenario.runFor(90 * SECOND);
    const sent = scenario.sent.filter((one) => one === 'bootstrap').length;
    expect(sent).toBeGreaterThanOrEqual(3);
    scenario.step({ type: 'bootstrapped', id: `${MACHINE_ID}/999`, claimHash: 'b', renewalId: 'second' });
    scenario.runFor(5 * MINUTE);
    expect(scenario.sent.filter((one) => one === 'bootstrap')).toHaveLength(sent);
    expect(scenario.phase).toBe('healthy');
  });
});

test.each(['bricked', 'retired', 'destroyed'] as const)(
  'a machine that is %s is refused whatever it shows',
  (phase) => {
    const state = { phase, since: T0 } as MachineRecord['state'];
    const shown = [{ use: 'machine', epoch: 1 } as const, renewal('first'), bootstrap()];
    expect(shown.map((one) => code(settled({ state }), one))).toEqual(shown.map(() => 'RETIRED'));
  },
);

test('a machine that nobody has asked for has no credentials', () => {
  expect(code(machine(), { use: 'machine', epoch: 1 })).toBe('UNAUTHORIZED');
});
