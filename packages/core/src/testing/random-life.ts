/** A machine that random events happen to. */
import * as fc from 'fast-check';
import type { Policy } from '@fettle/contract';
import { decide, type Decision } from '../machine/decide.ts';
import type { MachineEvent, Observation, Outcome } from '../machine/event.ts';
import { newMachineRecord, openIncident, type MachineRecord } from '../machine/record.ts';
import {
  copy,
  evidenceBundle,
  healthyMachine,
  inspection,
  ledgerEntry,
  lightObservation,
  MACHINE_ID,
  MINUTE,
  observation,
  operation,
  origin,
  report,
  SECOND,
  service,
  T0,
} from './builders.ts';
import { deepFreeze } from './deep-freeze.ts';
import { checkInvariants } from './invariants.ts';
import { SETS, type Happening, type Look } from './random-happenings.ts';

const LOST = { ok: false, code: 'HOST_UNREACHABLE', message: 'silent' } as const;

/** One that has just been given other versions than those that worked. */
const changed = healthyMachine({
  versions: SETS[1] ?? null,
  ledger: [ledgerEntry(), ledgerEntry({ versions: SETS[1], state: 'unproven', healthySince: null })],
  check: { ...healthyMachine().check, dueAt: T0 + SECOND },
});

const BEGINNINGS = {
  new: newMachineRecord(origin(), T0),
  changed,
  'keeps its image': { ...changed, identity: { ...changed.identity, type: 'daytona' as const } },
};

/** A machine that random events happen to. */
export class Life {
  now = T0;
  record: MachineRecord;
  wakeAt: number | null = T0 + SECOND;
  policy: Policy;
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
    if (this.record.diagnosis !== null) this.seen.add(this.record.diagnosis.domain);
    for (const one of openIncident(this.record.state)?.tries ?? [])
      this.seen.add(`${one.level} ${one.outcome}`);
    const { pending, order } = this.record;
    if (pending !== null) this.seen.add(pending.do);
    if (order !== null) this.seen.add(`order ${order.status}`);
    if (openIncident(this.record.state)?.evidence.length) this.seen.add('evidence');
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
      case 'clock':
        this.now += what.byMs;
        return { type: 'woke' };
      case 'mode':
        this.policy = { ...this.policy, mode: what.mode };
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
        return { type: 'commanded', by: null, command: what.command };
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
    const evidence = evidenceBundle({ id: String(pending.ref.sequence), takenAt: this.now });
    const answered: Partial<Record<typeof pending.do, Outcome>> = {
      'request-permit': granted,
      'collect-evidence': { ok: true, evidence },
    };
    const outcome = (kind === 'ok' && answered[pending.do]) || outcomeOf(kind, this.now);
    return { type: 'finished', actionId, outcome };
  }

  private observationOf(look: Look): Observation {
    const startedAt = this.now - look.tookMs;
    if (look.provider === 'silent' || look.provider === 'refusing')
      return lightObservation({
        startedAt,
        provider: look.provider === 'silent' ? LOST : { ...LOST, code: 'PROVIDER_FAILED' },
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
          host: look.host,
          image: set?.image ?? this.record.versions?.image ?? null,
          diskPresent: look.diskPresent,
          operation: look.operation === 'none' ? null : operation(id, { status }),
          lastCopy: copy({ copyId: `copy-${this.now}` }),
        }),
      },
      routes: [
        look.route === 'silent'
          ? { service: 'web', ok: false, silent: true, message: 'No answer in time' }
          : { service: 'web', ok: look.route, message: 'probe' },
      ],
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
      inside:
        look.inside === 'not asked'
          ? null
          : look.inside === 'lost'
            ? LOST
            : { ok: true, value: { pidnapAnswers: look.inside === 'answers' } },
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
export const anyBeginning = fc.constantFrom<(keyof typeof BEGINNINGS)[]>(
  'new',
  'changed',
  'changed',
  'keeps its image',
);
