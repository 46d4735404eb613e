/** What is due to be sent, and when it is sent again if no outcome comes. A repeat carries the same id. */
import { sendable, type OutboxEntry } from './outbox.ts';
import type { MachineRecord, PendingAction } from './record.ts';
import { resendDelay } from './resend-delay.ts';
import { update, type Turn } from './turn.ts';

/** Takes the pending action if it is due, and notes that it is being sent. */
export function dueActions(turn: Turn): PendingAction[] {
  const { pending } = turn.record;
  if (pending === null || pending.nextSendAt > turn.now) return [];
  const sent = { ...pending, sends: pending.sends + 1, nextSendAt: nextSendAt(turn, pending) };
  update(turn, { pending: sent });
  return [sent];
}

function nextSendAt({ record, now }: Turn, pending: PendingAction): number {
  const soonest = now + resendDelay(pending.sends);
  return isPeriodicCopy(pending, record.state) ? Math.max(soonest, record.check.dueAt) : soonest;
}

/** The copy that is made every so often: nothing waits for it, so that it needs no alarm of its own. */
export function isPeriodicCopy(pending: PendingAction, state: MachineRecord['state']): boolean {
  return pending.do === 'copy' && state.phase !== 'bricked';
}

/** Takes the messages that are due, and notes that they are being sent. */
export function dueMessages(turn: Turn): OutboxEntry[] {
  const due: OutboxEntry[] = [];
  if (turn.record.outbox.length === 0) return due;
  const may = sendable(turn.record.outbox);
  const outbox = turn.record.outbox.map((entry) => {
    if (entry.nextSendAt > turn.now || !may.includes(entry)) return entry;
    const sent = { ...entry, sends: entry.sends + 1, nextSendAt: turn.now + resendDelay(entry.sends) };
    due.push(sent);
    return sent;
  });
  if (due.length > 0) update(turn, { outbox });
  return due;
}
