import { Refusal, type Call } from '../server/call.ts';
import type { Faults } from '../server/faults.ts';
import { takeToken, type Bucket } from './token-bucket.ts';

/** Fly's published limits for an action on one machine, or on one app where there is no machine yet. */
const EVERY_ACTION = { perSecond: 1, burst: 3 };
const GET_MACHINE = { perSecond: 5, burst: 10 };
/** A full bucket is one that has not been asked of for a while: there is no need to remember it. */
const MOST_BUCKETS = 5000;

/** Lets an action through or refuses it with a 429. */
export function createRates(faults: Faults): (call: Pick<Call, 'operation' | 'path' | 'now'>) => void {
  const buckets = new Map<string, Bucket>();
  return ({ operation, now, path }) => {
    const identifier = path['machine_id'] ?? path['volume_id'] ?? path['app_name'];
    if (identifier === undefined) return;
    const lowered = faults.take(
      'rate-limit',
      (fault) => fault.operation === undefined || fault.operation === operation,
    );
    const usual = operation === 'Machines_show' ? GET_MACHINE : EVERY_ACTION;
    const rate = lowered === null ? usual : { perSecond: lowered.limit / 60, burst: lowered.limit };
    const key = `${operation} ${identifier}`;
    const { bucket, taken } = takeToken(buckets.get(key), rate, now);
    if (buckets.size > MOST_BUCKETS) buckets.clear();
    buckets.set(key, bucket);
    if (!taken) throw new Refusal(429, 'rate limit exceeded');
  };
}
