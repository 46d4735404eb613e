/**
 * The receiver took an action, or did not. Being taken says nothing about success: the next observation does.
 * An outcome whose id is not the pending one is late and changes nothing.
 */
import type { PermitRefusal } from '../permit.ts';
import { evidenceCollected, evidenceFailed, MOST_EVIDENCE_SENDS } from './collect-evidence.ts';
import type { MachineEvent, Outcome } from './event.ts';
import { holdRecovery } from './hold-recovery.ts';
import { endTry } from './incident.ts';
import { salvageStepEnded } from './on-observed-given-up.ts';
import { openProvisioningIncident } from './open-incident.ts';
import { failOrderOf } from './orders.ts';
import { isGone, type Action, type MachineRecord, type PendingAction } from './record.ts';
import { isPeriodicCopy } from './send.ts';
import { checkSoon, note, tellIncident, update, type Turn } from './turn.ts';

/** After so many sends without an outcome an action is taken for failed. */
export const MOST_SENDS = 6;

/** How often an action is sent at most. What work was brought back once would be in the way of a repeat. */
export function mostSends(action: Action): number {
  if (action.do === 'collect-evidence') return MOST_EVIDENCE_SENDS;
  return action.do === 'restore-work' || action.do === 'bootstrap' ? 1 : MOST_SENDS;
}

export function onFinished(turn: Turn, event: Extract<MachineEvent, { type: 'finished' }>): void {
  const { pending } = turn.record;
  if (pending === null || pending.ref.id !== event.actionId) return;
  if (event.outcome.ok) return taken(turn, pending, event.outcome);
  const { state } = turn.record;
  const mayRepeat = event.outcome.retryable && pending.sends < mostSends(pending);
  if (mayRepeat && mustBeRepeated(pending, state)) return;
  notTaken(turn, pending, event.outcome);
}

/**
 * An effect may have happened although its answer was lost, so only its own id is safe to send again. A question, or
 * the copy that is made every so often, is asked anew later and holds nothing up.
 */
function mustBeRepeated(pending: PendingAction, state: MachineRecord['state']): boolean {
  switch (pending.do) {
    case 'observe':
    case 'request-permit':
    case 'bootstrap':
      return false;
    case 'copy':
      return !isPeriodicCopy(pending, state);
    case 'create':
    case 'start':
    case 'stop':
    case 'restart':
    case 'destroy':
    case 'restart-services':
    case 'apply-versions':
    case 'rebuild':
    case 'collect-evidence':
    case 'restore-work':
      return true;
  }
}

type Refusal = Extract<Outcome, { ok: false }>;

/** Gives up on sending an action, and lets follow what follows from that. */
export function notTaken(turn: Turn, pending: PendingAction, outcome: Refusal): void {
  update(turn, { pending: null });
  if (pending.do === 'collect-evidence') return evidenceFailed(turn, outcome.message);
  note(turn, 'action', `${pending.do} was not taken: ${outcome.message}`);
  failOrderOf(turn, pending.ref.id, outcome.message);
  refused(turn, pending, outcome);
}

function taken(turn: Turn, pending: PendingAction, outcome: Extract<Outcome, { ok: true }>): void {
  update(turn, { pending: null });
  if (pending.do === 'request-permit') return permitAnswered(turn, pending.step, outcome);
  if (pending.do === 'observe') return;
  if (pending.do === 'collect-evidence') return evidenceCollected(turn, outcome);
  markDispatched(turn, pending);
  if (pending.do === 'restore-work') note(turn, 'action', 'the work was brought back as uncommitted changes');
  if (pending.do === 'apply-versions' || pending.do === 'rebuild') changeBegun(turn, pending);
  if (startsSomething(pending)) giveTime(turn, pending);
  if (!isPeriodicCopy(pending, turn.record.state)) checkSoon(turn, 1000);
}

/** One change at a time is followed: nobody sees any more what became of the one before. */
function changeBegun(turn: Turn, { ref }: PendingAction): void {
  const { change } = turn.record;
  if (change !== null) failOrderOf(turn, change.actionId, 'another change took its place');
  update(turn, { change: { actionId: ref.id, startedAt: turn.now } });
}

function startsSomething(pending: PendingAction): boolean {
  return ['create', 'start', 'restart', 'rebuild', 'restart-services', 'apply-versions'].includes(pending.do);
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

function permitAnswered(turn: Turn, step: string, outcome: Extract<Outcome, { ok: true }>): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering') return;
  if (!('permit' in outcome)) return denied(turn, 'no-permit-answer', 'The project gave no answer');
  if (!outcome.permit.granted) return denied(turn, outcome.permit.reason, outcome.permit.message);
  const { expiresAt } = outcome.permit;
  const permit = { step, grantedAt: turn.now, expiresAt };
  update(turn, { state: { ...state, permit, askAgainAt: nextAskAt(turn) } });
  if (isGone(turn.record)) checkSoon(turn, 1);
}

function refused(turn: Turn, pending: PendingAction, outcome: Refusal): void {
  switch (pending.do) {
    case 'observe':
      return;
    case 'request-permit':
      return denied(turn, 'no-permit-answer', `The project did not answer: ${outcome.message}`);
    case 'create':
      return createRefused(turn, outcome);
    case 'copy':
    case 'stop':
      return salvageRefused(turn, pending, outcome);
    case 'restart-services':
    case 'apply-versions':
    case 'rebuild':
    case 'restart':
      return attemptFailed(turn, pending, outcome);
    case 'collect-evidence':
    case 'restore-work':
    case 'bootstrap':
      return;
    case 'start':
    case 'destroy':
      // The next look finds that it has not happened, and what follows from that.
      return;
  }
}

/** A host that is busy or out of reach says nothing about the machine: the next look has it asked for again. */
function createRefused(turn: Turn, outcome: Refusal): void {
  if (turn.record.state.phase !== 'provisioning' || outcome.retryable) return;
  openProvisioningIncident(turn, `The machine could not be created: ${outcome.message}`);
}

function salvageRefused(turn: Turn, pending: PendingAction, outcome: Refusal): void {
  const { state } = turn.record;
  if (state.phase !== 'bricked' || state.salvage.actionId !== pending.ref.id) return;
  if (!outcome.retryable || turn.now >= state.salvage.until) return salvageStepEnded(turn, false);
  update(turn, { state: { ...state, salvage: { ...state.salvage, actionId: null } } });
}

function attemptFailed(turn: Turn, pending: PendingAction, outcome: Refusal): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering' || state.attempt?.actionId !== pending.ref.id) return;
  const incident = endTry(
    state.incident,
    {
      outcome: 'failed',
      reason: outcome.retryable ? 'operation-failed' : 'receiver-refused',
      message: outcome.message,
    },
    turn.now,
  );
  note(turn, 'level', `level ${state.attempt.level} failed: ${outcome.message}`);
  update(turn, { state: { ...state, incident, attempt: null } });
  tellIncident(turn, incident);
  checkSoon(turn, 1000);
}

function denied(turn: Turn, reason: PermitRefusal | 'no-permit-answer', message: string): void {
  holdRecovery(turn, reason, message);
  const { state } = turn.record;
  if (state.phase !== 'recovering') return;
  update(turn, { state: { ...state, permit: null, askAgainAt: nextAskAt(turn) } });
}

/** About one step the project is asked once per interval, whatever it answers. */
function nextAskAt(turn: Turn): number {
  return turn.now + turn.policy.check.intervalMs;
}
