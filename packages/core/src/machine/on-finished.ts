/**
 * The receiver took an action, or did not. Being taken says nothing about success: the next observation does.
 * An outcome whose id is not the pending one is late and changes nothing.
 */
import type { MachineEvent, Outcome } from './event.ts';
import { endTry, hold } from './incident.ts';
import { openProvisioningIncident } from './open-incident.ts';
import type { MachineRecord, PendingAction } from './record.ts';
import { checkSoon, note, tellIncident, update, type Turn } from './turn.ts';

/** After so many sends without an answer the action is taken for failed. */
const MOST_SENDS = 6;

export function onFinished(turn: Turn, event: Extract<MachineEvent, { type: 'finished' }>): void {
  const { pending } = turn.record;
  if (pending === null || pending.ref.id !== event.actionId) return;
  if (event.outcome.ok) return taken(turn, pending, event.outcome);
  if (event.outcome.retryable && pending.sends < MOST_SENDS) return;
  update(turn, { pending: null });
  note(turn, 'action', `${pending.do} was not taken: ${event.outcome.message}`);
  refused(turn, pending, event.outcome);
}

function taken(turn: Turn, pending: PendingAction, outcome: Extract<Outcome, { ok: true }>): void {
  update(turn, { pending: null });
  if (pending.do === 'request-permit') return permitAnswered(turn, outcome);
  if (pending.do === 'observe') return;
  markDispatched(turn, pending);
  if (pending.do === 'apply-versions')
    update(turn, { change: { actionId: pending.ref.id, startedAt: turn.now } });
  if (startsSomething(pending)) giveTime(turn, pending);
  checkSoon(turn, 1000);
}

function startsSomething(pending: PendingAction): boolean {
  return ['create', 'start', 'restart', 'restart-services', 'apply-versions'].includes(pending.do);
}

/** What has just been started may be silent for a while; a service that gave up still counts. */
function giveTime(turn: Turn, pending: PendingAction): void {
  const { grace } = turn.policy;
  const services = pending.do === 'restart-services' || pending.do === 'apply-versions';
  const until = turn.now + (services ? grace.serviceStartMs : grace.machineStartMs);
  update(turn, { startGraceUntil: Math.max(turn.record.startGraceUntil, until) });
}

function markDispatched(turn: Turn, pending: PendingAction): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering' || state.attempt?.actionId !== pending.ref.id) return;
  update(turn, { state: { ...state, attempt: { ...state.attempt, dispatchedAt: turn.now } } });
}

function permitAnswered(turn: Turn, outcome: Extract<Outcome, { ok: true }>): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering' || !('permit' in outcome)) return;
  if (outcome.permit.granted) {
    update(turn, { state: { ...state, permit: { expiresAt: outcome.permit.expiresAt } } });
    return;
  }
  holdRecovery(turn, 'storm-guard', outcome.permit.message);
}

function refused(turn: Turn, pending: PendingAction, outcome: Extract<Outcome, { ok: false }>): void {
  switch (pending.do) {
    case 'observe':
      return;
    case 'request-permit':
      return holdRecovery(turn, 'no-permit-answer', `The project did not answer: ${outcome.message}`);
    case 'create':
      return openProvisioningIncident(turn, `The machine could not be created: ${outcome.message}`);
    case 'copy':
      return update(turn, { copy: { ...turn.record.copy, dueAt: turn.now + turn.policy.copies.everyMs } });
    case 'restart-services':
    case 'apply-versions':
    case 'restart':
    case 'start':
    case 'stop':
    case 'destroy':
      return attemptFailed(turn, pending, outcome);
  }
}

function attemptFailed(turn: Turn, pending: PendingAction, outcome: Extract<Outcome, { ok: false }>): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering' || state.attempt?.actionId !== pending.ref.id) {
    update(turn, { state: withoutAction(state, pending.ref.id) });
    return;
  }
  const incident = endTry(
    state.incident,
    {
      outcome: 'failed',
      reason: outcome.retryable ? 'operation-failed' : 'receiver-refused',
      message: outcome.message,
    },
    turn.now,
  );
  update(turn, { state: { ...state, incident, attempt: null } });
  tellIncident(turn, incident);
}

/** Lets a phase that waits for a refused action ask again, under a new id, at its next check. */
function withoutAction(state: MachineRecord['state'], actionId: string): MachineRecord['state'] {
  return 'actionId' in state && state.actionId === actionId ? { ...state, actionId: null } : state;
}

function holdRecovery(turn: Turn, reason: 'storm-guard' | 'no-permit-answer', message: string): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering') return;
  const incident = hold(state.incident, reason, message, turn.now);
  if (state.incident.held?.reason !== reason) {
    note(turn, 'level', `held: ${message}`);
    tellIncident(turn, incident);
  }
  const askAgainAt = turn.now + turn.policy.check.intervalMs;
  update(turn, { state: { ...state, incident, permit: null, askAgainAt } });
}
