/** What is due to be sent, and when it is sent again if no outcome comes. A repeat carries the same id. */
import type { OutboxEntry, PendingAction } from './record.ts';
import { update, type Turn } from './turn.ts';

/** Delay before the same thing is sent again: 1 s, doubled each time, a minute at most. */
export function resendDelay(sends: number): number {
  return Math.min(60_000, 1000 * 2 ** Math.min(sends, 6));
}

/** Takes the pending action if it is due, and notes that it is being sent. */
export function dueActions(turn: Turn): PendingAction[] {
  const { pending } = turn.record;
  if (pending === null || pending.nextSendAt > turn.now) return [];
  const sent = { ...pending, sends: pending.sends + 1, nextSendAt: turn.now + resendDelay(pending.sends) };
  update(turn, { pending: sent });
  return [sent];
}

/** Takes the messages that are due, and notes that they are being sent. */
export function dueMessages(turn: Turn): OutboxEntry[] {
  const due: OutboxEntry[] = [];
  const outbox = turn.record.outbox.map((entry) => {
    if (entry.nextSendAt > turn.now) return entry;
    const sent = { ...entry, sends: entry.sends + 1, nextSendAt: turn.now + resendDelay(entry.sends) };
    due.push(sent);
    return sent;
  });
  if (due.length > 0) update(turn, { outbox });
  return due;
}
