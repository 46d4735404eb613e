import type { Allowed } from '../outgoing/allow-target.ts';
import type { OutgoingLimits } from '../outgoing/fetch-outside.ts';
import type { RequestSigner } from './machine-provider.ts';

/**
 * The longest answer that is read whole, in bytes. The longest good ones are lists of a region's machines and logs of a
 * service, and are a tenth of this.
 */
export const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

/** Whoever asks a machine has a deadline of its own, and none has a longer one. */
const LONGEST_ANSWER_MS = 120_000;

/**
 * What an answer of a machine's port may be. Only procedures are called with a signature, and their answers are read
 * whole; what a customer's service answers is handed on while it comes, or not read at all.
 */
export function limitsOfPort(allow: Allowed, sign: RequestSigner | undefined): OutgoingLimits {
  return {
    allow,
    timeoutMs: LONGEST_ANSWER_MS,
    maxBytes: sign === undefined ? null : MOST_ANSWER_BYTES,
  };
}
