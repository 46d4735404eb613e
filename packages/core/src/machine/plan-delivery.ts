/** Hands a machine new credentials after its others were taken back, until it has fetched them. */
import { isMeantToWork } from './record.ts';
import { start, update, type Turn } from './turn.ts';

/** One try for each interval of checks; whatever else the machine needs goes on in between. */
export function planDelivery(turn: Turn): void {
  const { record, now, policy } = turn;
  const { credentials, state } = record;
  const { delivery, epoch } = credentials;
  if (delivery === null || now < delivery.nextAt || !isMeantToWork(state.phase)) return;
  const nextAt = now + policy.check.intervalMs;
  update(turn, { credentials: { ...credentials, delivery: { ...delivery, nextAt } } });
  start(turn, { do: 'bootstrap', epoch });
}
