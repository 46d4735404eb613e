/**
 * One turn of `decide`: the record as it becomes, and what is to be told about it. A turn is local to one call;
 * the record that came in is never changed.
 */
import type { Incident, Policy, TimelineEvent } from '@fettle/contract';
import type { NumberedMessage, OutboxEntry } from './outbox.ts';
import type { Action, MachineRecord, MachineState, PendingAction } from './record.ts';
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

/** Moves the machine to another phase, and says so on the timeline. */
export function enter(turn: Turn, state: MachineState, why: string): void {
  const before = turn.record.state;
  update(turn, { state });
  if (before.phase === state.phase) return;
  takeRhythm(turn);
  note(turn, 'phase', `${before.phase} -> ${state.phase}: ${why}`);
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
  const { outbox } = turn.record;
  if (message.kind !== 'changed') return update(turn, { sequence, outbox: [...outbox, entry] });
  // What became of the machine is told before what is to follow from it.
  const others = outbox.filter((other) => other.message.kind !== 'changed');
  update(turn, { sequence, outbox: [entry, ...others] });
}

/** Puts a message into the outbox that must have its effect once. */
export function postNumbered(turn: Turn, message: WithoutNumber<NumberedMessage>): void {
  post(turn, { ...message, number: turn.record.sequence + 1 });
}

type WithoutNumber<Message> = Message extends unknown ? Omit<Message, 'number'> : never;

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
