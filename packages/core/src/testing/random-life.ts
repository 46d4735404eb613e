/** Events that nobody would think of, and a machine that they happen to. */
import * as fc from 'fast-check';
import type { Policy, ProviderState, ServiceState } from '@fettle/contract';
import {
  commit,
  copy,
  healthyMachine,
  inspection,
  ledgerEntry,
  lightObservation,
  MACHINE_ID,
  MINUTE,
  observation,
  operation,
  origin,
  policy,
  report,
  SECOND,
  service,
  T0,
  versions,
} from './builders.ts';
import { deepFreeze } from './deep-freeze.ts';
import { checkInvariants } from './invariants.ts';
import { decide, type Decision } from '../machine/decide.ts';
import type { Command, MachineEvent, Observation, Outcome } from '../machine/event.ts';
import { newMachineRecord, openIncident, type MachineRecord } from '../machine/record.ts';

type Look = {
  provider: ProviderState | 'silent';
  diskPresent: boolean;
  operation: 'none' | 'running' | 'done' | 'failed' | 'another';
  web: ServiceState;
  daemon: ServiceState;
  daemonAnswers: boolean;
  pidnap: 'not asked' | 'answers' | 'silent';
  route: boolean | null;
  change: 'none' | 'running' | 'done' | 'failed';
  versions: number | null;
  tookMs: number;
};

export type Happening =
  | { kind: 'wake'; lateMs: number }
  | { kind: 'pass'; ms: number }
  | { kind: 'answer'; look: Look; outcome: 'ok' | 'refused' | 'retry' | 'no permit' | 'lapsed' }
  | { kind: 'stale'; look: Look; back: number }
  | { kind: 'report'; seq: number; boot: number; web: ServiceState; versions: number | null }
  | { kind: 'command'; command: Command }
  | { kind: 'delivered'; ok: boolean };

const SETS = [
  versions(),
  versions({ customer: commit('c') }),
  versions({ platform: commit('d'), image: 'image-2' }),
];

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
    ),
  },
);

const serviceState = fc.oneof(
  { weight: 3, arbitrary: fc.constant<ServiceState>('running') },
  { weight: 3, arbitrary: fc.constantFrom<ServiceState>('failed', 'backing-off', 'starting', 'stopped') },
);

const look: fc.Arbitrary<Look> = fc.record({
  provider: providerState,
  diskPresent: fc.boolean(),
  operation: fc.constantFrom<Look['operation'][]>('none', 'running', 'done', 'done', 'failed', 'another'),
  web: serviceState,
  daemon: serviceState,
  daemonAnswers: fc.boolean(),
  pidnap: fc.constantFrom<Look['pidnap'][]>('not asked', 'answers', 'answers', 'answers', 'silent'),
  route: fc.constantFrom(true, true, false, null),
  change: fc.constantFrom<Look['change'][]>('none', 'running', 'done', 'done', 'failed'),
  versions: fc.constantFrom(1, 1, 1, 0, 2, null),
  tookMs: fc.oneof({ weight: 30, arbitrary: fc.nat(5000) }, { weight: 1, arbitrary: fc.nat(20 * MINUTE) }),
});

/** A look on which everything is in order, or, with `web` down, nearly everything. */
const plainLook: fc.Arbitrary<Look> = fc.record({
  provider: fc.constant<Look['provider']>('running'),
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
      { kind: 'apply-versions', refs: { customer: 'main' } },
    ),
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
  policy({
    ladder: [
      { level: 2, attempts: 2, timeoutMs: 5000 },
      { level: 3, attempts: 2, timeoutMs: 5000 },
      { level: 4, attempts: 1, timeoutMs: 5000 },
    ],
    budgets: { actions: { max: 4, withinMs: 10 * MINUTE }, machineRestarts: { max: 1, withinMs: MINUTE } },
  }),
);

/** One that is new, and one that has just been given other versions than those that worked. */
const BEGINNINGS = {
  new: newMachineRecord(origin(), T0),
  changed: healthyMachine({
    versions: SETS[1] ?? null,
    ledger: [ledgerEntry(), ledgerEntry({ versions: SETS[1], state: 'unproven', healthySince: null })],
    check: { ...healthyMachine().check, dueAt: T0 + SECOND },
  }),
};

/** A machine that random events happen to. */
export class Life {
  now = T0;
  record: MachineRecord;
  wakeAt: number | null = T0 + SECOND;
  readonly policy: Policy;
  readonly seen = new Set<string>();
  /** Told of every decision before its record becomes the machine's. */
  onDecision: (before: MachineRecord, event: MachineEvent, decision: Decision) => void = () => undefined;

  constructor(policy: Policy, beginning: keyof typeof BEGINNINGS) {
    this.policy = policy;
    this.record = BEGINNINGS[beginning];
    if (beginning === 'new') this.happens({ kind: 'command', command: { kind: 'provision' } });
  }

  happens(what: Happening): void {
    const event = this.eventOf(what);
    if (event === null) return;
    const before = deepFreeze(this.record);
    const decision = decide({ record: before, event, now: this.now, policy: this.policy });
    checkInvariants({ before, event, now: this.now, policy: this.policy, decision });
    this.onDecision(before, event, decision);
    this.keep(decision);
  }

  private keep(decision: Decision): void {
    this.record = decision.record;
    this.wakeAt = decision.wakeAt;
    this.seen.add(this.record.state.phase);
    for (const one of openIncident(this.record.state)?.tries ?? [])
      this.seen.add(`${one.level} ${one.outcome}`);
  }

  private eventOf(what: Happening): MachineEvent | null {
    switch (what.kind) {
      case 'wake':
        if (this.wakeAt === null) return null;
        this.now = Math.max(this.now, this.wakeAt) + what.lateMs;
        return { type: 'woke' };
      case 'pass':
        this.now += what.ms;
        return { type: 'woke' };
      case 'answer':
        return this.answer(what.look, what.outcome);
      case 'stale': {
        const actionId = `${MACHINE_ID}/${Math.max(1, this.record.sequence - what.back)}`;
        if (actionId === this.record.pending?.ref.id) return null;
        return what.back % 2 === 0
          ? { type: 'observed', actionId, observation: this.observationOf(what.look) }
          : { type: 'finished', actionId, outcome: outcomeOf('refused', this.now) };
      }
      case 'report':
        return {
          type: 'reported',
          report: report({
            bootId: `boot-${what.boot}`,
            seq: what.seq,
            versions: what.versions === null ? null : (SETS[what.versions] ?? null),
            services: [service('daemon'), service('web', { state: what.web })],
          }),
        };
      case 'command':
        return { type: 'commanded', command: what.command };
      case 'delivered': {
        const entry = this.record.outbox[0];
        return entry === undefined ? null : { type: 'delivered', entryId: entry.id, ok: what.ok };
      }
    }
  }

  private answer(look: Look, kind: Extract<Happening, { kind: 'answer' }>['outcome']): MachineEvent | null {
    const { pending } = this.record;
    if (pending === null || pending.sends === 0) return null;
    const actionId = pending.ref.id;
    if (pending.do === 'observe') {
      this.now += look.tookMs;
      return { type: 'observed', actionId, observation: this.observationOf(look) };
    }
    this.now += 20;
    const granted = { ok: true, permit: { granted: true, expiresAt: this.now + 10 * MINUTE } } as const;
    const isPermit = pending.do === 'request-permit' && kind === 'ok';
    return { type: 'finished', actionId, outcome: isPermit ? granted : outcomeOf(kind, this.now) };
  }

  private observationOf(look: Look): Observation {
    const startedAt = this.now - look.tookMs;
    if (look.provider === 'silent')
      return lightObservation({
        startedAt,
        provider: { ok: false, code: 'HOST_UNREACHABLE', message: 'silent' },
        routes: [],
      });
    const { state } = this.record;
    const awaited =
      state.phase === 'recovering'
        ? state.attempt?.actionId
        : state.phase === 'bricked'
          ? state.salvage.actionId
          : 'actionId' in state
            ? state.actionId
            : null;
    const id = look.operation === 'another' ? `${MACHINE_ID}/0` : (awaited ?? `${MACHINE_ID}/0`);
    const status = look.operation === 'another' || look.operation === 'none' ? 'done' : look.operation;
    const services = [service('daemon', { state: look.daemon }), service('web', { state: look.web })];
    const change = this.record.change?.actionId ?? id;
    const set = look.versions === null ? null : (SETS[look.versions] ?? null);
    return observation({
      startedAt,
      provider: {
        ok: true,
        value: inspection({
          state: look.provider,
          diskPresent: look.diskPresent,
          operation: look.operation === 'none' ? null : operation(id, { status }),
          lastCopy: copy({ copyId: `copy-${this.now}` }),
        }),
      },
      routes: [{ service: 'web', ok: look.route, message: 'probe' }],
      pidnap:
        look.pidnap === 'not asked'
          ? null
          : look.pidnap === 'silent'
            ? { ok: false, code: 'MACHINE_UNREACHABLE', message: 'silent' }
            : {
                ok: true,
                value: {
                  services,
                  changes:
                    look.change === 'none' ? [] : [{ actionId: change, status: look.change, message: '' }],
                },
              },
      daemon: look.daemonAnswers
        ? observation().daemon
        : { ok: false, code: 'MACHINE_UNREACHABLE', message: 'silent' },
      versions: set,
    });
  }
}

function outcomeOf(kind: Extract<Happening, { kind: 'answer' }>['outcome'], now: number): Outcome {
  switch (kind) {
    case 'ok':
      return { ok: true };
    case 'refused':
      return { ok: false, code: 'CONFLICT', message: 'refused', retryable: false };
    case 'retry':
      return { ok: false, code: 'HOST_UNREACHABLE', message: 'out of reach', retryable: true };
    case 'no permit':
      return { ok: true, permit: { granted: false, reason: 'storm-guard', message: 'a storm' } };
    case 'lapsed':
      return { ok: true, permit: { granted: true, expiresAt: now } };
  }
}

/** How a random life begins. */
export const anyBeginning = fc.constantFrom<(keyof typeof BEGINNINGS)[]>('new', 'changed');
