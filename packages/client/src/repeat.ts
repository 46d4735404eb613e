import { operatorContract } from '@fettle/contract/operator-audience';
import { isContractProcedure } from '@orpc/contract';
import type { FettleError } from './fettle-error.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/**
 * How long to wait before a call is made again; `null`: it is not. A call that changes something is repeated only when it
 * was certainly not carried out, or when carrying it out twice is the same as once, which its HTTP method says.
 *
 * `failed`: attempts so far. `chance`: from 0 to 1, spreads callers that failed together.
 */
export function waitBeforeRepeat(
  error: FettleError,
  path: readonly string[],
  failed: number,
  chance: number,
): number | null {
  if (!error.retryable) return null;
  if (!isRepeatable(path) && error.code !== 'TOO_MANY_REQUESTS') return null;
  if (error.retryAfterMs !== null) return error.retryAfterMs;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failed - 1));
  return wait / 2 + (wait / 2) * chance;
}

/** `GET` changes nothing, `PUT` nothing more the second time. */
function isRepeatable(path: readonly string[]): boolean {
  const method = methodOf(path);
  return method === 'GET' || method === 'PUT';
}

function methodOf(path: readonly string[]): string | undefined {
  let found: unknown = operatorContract;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return isContractProcedure(found) ? found['~orpc'].route.method : undefined;
}
