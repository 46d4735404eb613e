/** One call of `decide` with its invariants checked, read in the words of a timeline. */
import type { Policy } from '@fettle/contract';
import { decide, type Decision } from '../machine/decide.ts';
import type { MachineEvent, Observation, Outcome } from '../machine/event.ts';
import type { MachineRecord } from '../machine/record.ts';
import { pending, policy as defaultPolicy, T0 } from './builders.ts';
import { deepFreeze } from './deep-freeze.ts';
import { checkInvariants } from './invariants.ts';

/** When something happens and under which policy; by default at the start and under the default policy. */
export type When = { now?: number; policy?: Policy };

/** Decides one event. */
export function decideOn(record: MachineRecord, event: MachineEvent, when: When = {}): Decision {
  const now = when.now ?? T0;
  const policy = when.policy ?? defaultPolicy();
  const before = deepFreeze(record);
  const decision = decide({ record: before, event, now, policy });
  checkInvariants({ before, event, now, policy, decision });
  return decision;
}

/** Decides the outcome of a deep look that this machine was waiting for. */
export function look(record: MachineRecord, observation: Observation, when: When = {}): Decision {
  const waiting = pending({ do: 'observe', depth: 'deep' });
  return decideOn(
    { ...record, pending: waiting },
    { type: 'observed', actionId: waiting.ref.id, observation },
    when,
  );
}

/** Decides the outcome of the pending action. */
export function finish(record: MachineRecord, outcome: Outcome, when: When = {}): Decision {
  return decideOn(record, { type: 'finished', actionId: record.pending?.ref.id ?? 'none', outcome }, when);
}

/** The lines that a decision adds to the timeline. */
export function story(decision: Decision): string[] {
  return decision.facts.flatMap((fact) => (fact.kind === 'event' ? [fact.event.message] : []));
}

/** What may be refused, and can be tried again. */
export const LATER: Outcome = {
  ok: false,
  code: 'HOST_UNREACHABLE',
  message: 'out of reach',
  retryable: true,
};

/** What is refused for good. */
export const NEVER: Outcome = { ok: false, code: 'CONFLICT', message: 'not that', retryable: false };
