/** Events that nobody would think of. */
import * as fc from 'fast-check';
import type { Policy, ProviderState, ServiceState } from '@fettle/contract';
import type { Command } from '../machine/event.ts';
import type { Proven } from '../machine/fleet-versions.ts';
import { commit, HOUR, MACHINE_ID, MINUTE, policy, SECOND, T0, versions } from './builders.ts';

export type Look = {
  provider: ProviderState | 'silent' | 'refusing';
  host: string | null;
  inside: 'not asked' | 'answers' | 'silent' | 'lost';
  diskPresent: boolean;
  operation: 'none' | 'running' | 'done' | 'failed' | 'another';
  web: ServiceState;
  daemon: ServiceState;
  daemonAnswers: boolean;
  pidnap: 'not asked' | 'answers' | 'silent';
  route: boolean | null | 'silent';
  change: 'none' | 'running' | 'done' | 'failed';
  versions: number | null;
  tookMs: number;
};

export type Happening =
  | { kind: 'wake'; lateMs: number }
  | { kind: 'pass'; ms: number }
  | { kind: 'clock'; byMs: number }
  | { kind: 'mode'; mode: Policy['mode'] }
  | { kind: 'answer'; look: Look; outcome: 'ok' | 'refused' | 'retry' | 'no permit' | 'lapsed' }
  | { kind: 'stale'; look: Look; back: number }
  | { kind: 'report'; seq: number; boot: number; web: ServiceState; versions: number | null }
  | { kind: 'command'; command: Command }
  | { kind: 'delivered'; ok: boolean };

/** Version sets that a machine may run. */
const OTHER_IMAGE = versions({ platform: commit('d'), image: 'image-2' });
export const SETS = [versions(), versions({ customer: commit('c') }), OTHER_IMAGE];

const providerState = fc.oneof(
  { weight: 12, arbitrary: fc.constant<ProviderState>('running') },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Look['provider']>(
      'absent',
      'absent',
      'creating',
      'starting',
      'stopping',
      'stopped',
      'paused',
      'unknown',
      'silent',
      'refusing',
    ),
  },
);

const serviceState = fc.oneof(
  { weight: 3, arbitrary: fc.constant<ServiceState>('running') },
  { weight: 3, arbitrary: fc.constantFrom<ServiceState>('failed', 'backing-off', 'starting', 'stopped') },
);

const look: fc.Arbitrary<Look> = fc.record({
  provider: providerState,
  host: fc.constantFrom('host-1', 'host-1', 'host-1', 'host-1', 'host-2', null),
  inside: fc.constantFrom<Look['inside'][]>('not asked', 'answers', 'silent', 'silent', 'lost'),
  diskPresent: fc.boolean(),
  operation: fc.constantFrom<Look['operation'][]>('none', 'running', 'done', 'done', 'failed', 'another'),
  web: serviceState,
  daemon: serviceState,
  daemonAnswers: fc.boolean(),
  pidnap: fc.constantFrom<Look['pidnap'][]>('not asked', 'answers', 'answers', 'answers', 'silent'),
  route: fc.constantFrom<Look['route'][]>(true, true, false, 'silent', null),
  change: fc.constantFrom<Look['change'][]>('none', 'running', 'done', 'done', 'failed'),
  versions: fc.constantFrom(1, 1, 1, 0, 2, null),
  tookMs: fc.oneof({ weight: 30, arbitrary: fc.nat(5000) }, { weight: 1, arbitrary: fc.nat(20 * MINUTE) }),
});

/** A look on which everything is in order, or, with `web` down, nearly everything. */
const plainLook: fc.Arbitrary<Look> = fc.record({
  provider: fc.constant<Look['provider']>('running'),
  host: fc.constant('host-1'),
  inside: fc.constant<Look['inside']>('not asked'),
  diskPresent: fc.constant(true),
  operation: fc.constant<Look['operation']>('done'),
  web: fc.constantFrom<ServiceState[]>('running', 'running', 'failed'),
  daemon: fc.constant<ServiceState>('running'),
  daemonAnswers: fc.constant(true),
  pidnap: fc.constant<Look['pidnap']>('answers'),
  route: fc.constant(true),
  change: fc.constant<Look['change']>('done'),
  versions: fc.constantFrom(1, 1, 1, 1, 0),
  tookMs: fc.constant(20),
});

export const anyCommand = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Command>({ kind: 'provision' }) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Command[]>(
      { kind: 'start' },
      { kind: 'stop' },
      { kind: 'restart' },
      { kind: 'restart-services', names: ['web'] },
      { kind: 'restart-services', names: ['nobody'] },
      { kind: 'apply-versions', refs: { customer: 'main' }, order: null },
      { kind: 'apply-versions', refs: { customer: commit('c') }, order: 'order-1' },
      { kind: 'apply-versions', refs: { customer: 'main' }, order: 'order-2' },
      { kind: 'rebuild', image: 'image-2', refs: null, order: null },
      { kind: 'rebuild', image: 'image-1', refs: { customer: commit('b') }, order: 'order-3' },
      { kind: 'restore-work', from: MACHINE_ID, evidence: '17' },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('adopt-fleet' as const),
      fleet: fc.record({
        word: fc.nat(9),
        slot: fc.constantFrom<Proven[][]>([], [{ versions: OTHER_IMAGE, lastSeenAt: T0 }]),
        project: fc.constantFrom<Proven[][]>(
          [],
          SETS.slice(1).map((one) => ({ versions: one, lastSeenAt: T0 })),
        ),
        quarantined: fc.subarray(SETS, { maxLength: 1 }),
        pinned: fc.constantFrom(null, null, null, 'a demo'),
      }),
    }),
  },
  { weight: 2, arbitrary: fc.constantFrom<Command[]>({ kind: 'retire' }, { kind: 'destroy' }) },
);

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('wake' as const),
      lateMs: fc.oneof(
        { weight: 20, arbitrary: fc.nat(2000) },
        { weight: 1, arbitrary: fc.nat(20 * MINUTE) },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(5 * SECOND) }) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        kind: fc.constant('clock' as const),
        byMs: fc.oneof(
          fc.integer({ min: -2 * MINUTE, max: 2 * MINUTE }),
          fc.integer({ min: -HOUR, max: HOUR }),
        ),
      }),
      fc.record({
        kind: fc.constant('mode' as const),
        mode: fc.constantFrom<Policy['mode'][]>('act', 'act', 'shadow'),
      }),
    ),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      look: fc.oneof(look, plainLook),
      outcome: fc.oneof(
        { weight: 8, arbitrary: fc.constant('ok' as const) },
        { weight: 3, arbitrary: fc.constantFrom('refused' as const, 'retry' as const, 'no permit' as const) },
        { weight: 1, arbitrary: fc.constant('lapsed' as const) },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('stale' as const),
      look: plainLook,
      back: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      seq: fc.integer({ min: 1, max: 50 }),
      boot: fc.nat(2),
      web: serviceState,
      versions: fc.constantFrom(0, 1, null),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('command' as const), command: anyCommand }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delivered' as const), ok: fc.boolean() }) },
);

export const anyPolicy = fc.constantFrom(
  policy(),
  policy({
    check: { intervalMs: 1000 },
    settleMs: 0,
    bakeMs: 0,
    grace: { machineStartMs: 0, serviceStartMs: 0 },
  }),
  policy({ ladder: [{ level: 1, attempts: 3, timeoutMs: 5000 }] }),
  policy({ mode: 'shadow' }),
  policy({
    ladder: [
      { level: 2, attempts: 2, timeoutMs: 5000 },
      { level: 3, attempts: 2, timeoutMs: 5000 },
      { level: 4, attempts: 1, timeoutMs: 5000 },
    ],
    budgets: { actions: { max: 4, withinMs: 10 * MINUTE }, machineRestarts: { max: 1, withinMs: MINUTE } },
    evidence: { mode: 'off' },
  }),
);
