import type { Policy } from '@fettle/contract';
import { lintPolicy } from '@fettle/core/policy/lint-policy';
import { wireError } from './rpc-errors.ts';

/**
 * Refuses a policy two of whose settings cannot both be meant, before anything is done with it. The error's field is
 * the first setting of the first contradiction; its message tells every contradiction.
 */
export function refuseContradictions(policy: Policy): void {
  const found = lintPolicy(policy);
  const [first] = found;
  if (first === undefined) return;
  const message = found.map((one) => one.message).join('\n');
  throw wireError('BAD_REQUEST', message, { field: first.fields[0], expected: first.expected });
}
