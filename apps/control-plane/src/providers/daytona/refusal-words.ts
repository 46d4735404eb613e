/** What Daytona's words mean where its specification says nothing. Pure. */
import type { ErrorCode } from '@fettle/contract';
import type { Problem } from '../cloud/read-answer.ts';

/**
 * Not in the specification: texts of Daytona's last open release (github.com/daytonaio/daytona, apps/api, sandbox and
 * runner services, answered with 400 and 403) and of its issues 2855 and 5134. Whatever is added here is tried
 * again later or elsewhere, which harms nobody.
 */
const NO_ROOM = [
  /no available runners/i,
  /total (cpu|memory|disk|gpu) limit exceeded/i,
  /resource limit reached/i,
  /quota exceeded/i,
  /(no|insufficient|not enough) (capacity|resources)/i,
];

/** The same source: more than one sandbox may have, which does not pass. It comes as 403. */
const TOO_LARGE = /exceeds maximum allowed per sandbox/i;

/** The same source again: the sandbox is in between two states. It comes as 400 or 409, and passes. */
const BUSY = /state change in progress|not in (a )?valid state/i;

/** What its web framework (NestJS) says of a path that it does not serve: the address is wrong, and tells of no sandbox. */
const NO_ROUTE = /^cannot (get|post|put|delete) \//i;

/** The code for a refusal whose status misleads. */
export function daytonaWords({ status, message }: Problem): ErrorCode | null {
  if (status === 429 || status < 400) return null;
  if (TOO_LARGE.test(message)) return 'BAD_REQUEST';
  if (BUSY.test(message)) return 'CONFLICT';
  if (NO_ROUTE.test(message)) return 'PROVIDER_FAILED';
  return NO_ROOM.some((text) => text.test(message)) ? 'NO_CAPACITY' : null;
}
