/**
 * One turn of `decide`: the record as it becomes, and what is to be told about it. A turn is local to one call;
 * the record that came in is never changed.
 */
import type { Incident, Policy, TimelineEvent } from '@fettle/contract';
import type { Action, MachineRecord, MachineState, OutboxEntry, PendingAction } from './record.ts';
import { isProven } from './ledger.ts';
import { isGone, isSick, openIncident } from './record.ts';
import type { Span } from './span.ts';
import { isWatched, nextCheckAt } from './wake.ts';

/** What is worth keeping besides the record itself. */
export type Fact =
  /** Looks that found the same, after the last of them. The open span is in the record. */
  | { kind: 'span'; span: Span }
  | { kind: 'event'; event: TimelineEvent }
  | { kind: 'incident'; incident: Incident };

export type Turn = { record: MachineRecord; readonly now: number; readonly policy: Policy; facts: Fact[] };

/** Replaces fields of the record. */
export function update(turn: Turn, changes: Partial<MachineRecord>): void {
  turn.record = { ...turn.record, ...changes };
}

/** Adds a line to the timeline. */
export function note(turn: Turn, kind: TimelineEvent['kind'], message: string): void {
  turn.facts.push({ kind: 'event', event: { at: turn.now, kind, message } });
}

/** Moves the machine to another phase, says so on the timeline, and tells the project. */
export function enter(turn: Turn, state: MachineState, why: string): void {
  const before = turn.record.state;
  update(turn, { state });
  if (before.phase === state.phase) return;
  takeRhythm(turn);
  note(turn, 'phase', `${before.phase} -> ${state.phase}: ${why}`);
  tellProject(turn);
}

/** Tells the project what it counts with: the phase, and where the machine is if it is anywhere. */
export function tellProject(turn: Turn): void {
  const { state, host } = turn.record;
  const word = turn.record.sequence + 1;
  post(turn, {
    kind: 'changed',
    word,
    phase: state.phase,
    sick: isSick(state),
    host,
    gone: isGone(turn.record),
    versions: turn.record.versions,
    versionsSince: turn.record.versionsSince,
    proven: isProven(turn.record.ledger, turn.record.versions),
    healthySince: state.phase === 'healthy' ? state.since : null,
    incidentAt: openIncident(state)?.openedAt ?? null,
    order: turn.record.order,
  });
}

/** The next check is never further away than the present phase and policy have it. */
export function takeRhythm(turn: Turn): void {
  const { record, now, policy } = turn;
  if (!isWatched(record)) return;
  checkAt(turn, nextCheckAt(record, policy, now));
}

/** Stores an incident's present form as a fact. */
export function tellIncident(turn: Turn, incident: Incident): void {
  turn.facts.push({ kind: 'incident', incident });
}

/** Puts a message to the project into the outbox. Of `changed` messages only the newest is worth sending. */
export function post(turn: Turn, message: OutboxEntry['message']): void {
  const sequence = turn.record.sequence + 1;
  const entry: OutboxEntry = {
    id: `${turn.record.identity.machineId}/${sequence}`,
    sends: 0,
    nextSendAt: turn.now,
    message,
  };
  const kept = turn.record.outbox.filter(
    (other) => !(message.kind === 'changed' && other.message.kind === 'changed'),
  );
  update(turn, { sequence, outbox: [...kept, entry] });
}

/** Stores an action as pending, under a new id. The shell sends what is pending and due. */
export function start(turn: Turn, action: Action): PendingAction {
  const sequence = turn.record.sequence + 1;
  const pending: PendingAction = {
    ...action,
    ref: { id: `${turn.record.identity.machineId}/${sequence}`, sequence },
    createdAt: turn.now,
    sends: 0,
    nextSendAt: turn.now,
  };
  update(turn, { sequence, pending });
  return pending;
}

/** Pulls the next check forward. */
export function checkSoon(turn: Turn, inMs: number): void {
  checkAt(turn, turn.now + Math.max(1, inMs));
}

function checkAt(turn: Turn, dueAt: number): void {
  const { check } = turn.record;
  if (dueAt < check.dueAt) update(turn, { check: { ...check, dueAt } });
}
