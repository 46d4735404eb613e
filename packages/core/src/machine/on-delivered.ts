/** A message to the project was acknowledged, or was not: then it stays and is sent again. */
import { update, type Turn } from './turn.ts';

export function onDelivered(turn: Turn, event: { entryId: string; ok: boolean }): void {
  if (!event.ok) return;
  update(turn, { outbox: turn.record.outbox.filter((entry) => entry.id !== event.entryId) });
}
