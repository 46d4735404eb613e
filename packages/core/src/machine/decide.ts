/**
 * The heart: what follows from one event. Total, synchronous and without side effects: the same record, event, time
 * and policy always give the same answer. The shell stores the record and the alarm in one transaction, and only
 * then sends the actions.
 */
import type { Policy } from '@fettle/contract';
import { followClock, timeFor } from './clock-step.ts';
import type { MachineEvent } from './event.ts';
import { onBootstrapped, onRenewalRotated } from './on-credentials.ts';
import { onAudited } from './on-audited.ts';
import { onCommanded } from './on-commanded.ts';
import { onDelivered } from './on-delivered.ts';
import { onFinished } from './on-finished.ts';
import { onObserved } from './on-observed.ts';
import { onReported } from './on-reported.ts';
import { onWoke } from './on-woke.ts';
import { plan } from './plan.ts';
import type { OutboxEntry } from './outbox.ts';
import type { MachineRecord, PendingAction } from './record.ts';
import { dueActions, dueMessages } from './send.ts';
import { tellProject } from './tell-project.ts';
import { update, type Fact, type Turn } from './turn.ts';
import { wakeAt } from './wake.ts';

export type Decision = {
  record: MachineRecord;
  /** What to send now. Empty unless the event came out of the alarm's own run: only the alarm acts. */
  actions: PendingAction[];
  messages: OutboxEntry[];
  facts: Fact[];
  /** The single time at which the object must wake; `null` when nothing needs watching. */
  wakeAt: number | null;
};

export function decide(input: {
  record: MachineRecord;
  event: MachineEvent;
  /** The clock, which may have stepped: back or ahead, by any amount. */
  now: number;
  policy: Policy;
}): Decision {
  const { event, policy } = input;
  const now = timeFor(input.record, input.now);
  const turn: Turn = { record: input.record, now, policy, facts: [] };
  followClock(turn);
  apply(turn, event);
  const acting = event.type === 'woke' || event.type === 'observed' || event.type === 'finished';
  if (acting) update(turn, { lastTickAt: now });
  if (acting) plan(turn);
  tellProject(turn, input.record);
  const actions = acting ? dueActions(turn) : [];
  const messages = acting ? dueMessages(turn) : [];
  return { record: turn.record, actions, messages, facts: turn.facts, wakeAt: wakeAt(turn.record, now) };
}

function apply(turn: Turn, event: MachineEvent): void {
  switch (event.type) {
    case 'woke':
      return onWoke(turn, event);
    case 'reported':
      return onReported(turn, event.report);
    case 'observed':
      return onObserved(turn, event);
    case 'finished':
      return onFinished(turn, event);
    case 'delivered':
      return onDelivered(turn, event);
    case 'commanded':
      return onCommanded(turn, event);
    case 'bootstrapped':
      return onBootstrapped(turn, event);
    case 'renewal-rotated':
      return onRenewalRotated(turn, event);
    case 'audited':
      return onAudited(turn, event.entry);
  }
}
