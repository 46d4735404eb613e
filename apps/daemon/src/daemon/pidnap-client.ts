import type { PidnapClient } from '@fettle/pidnap/client';
import { RPC_PREFIX } from '@fettle/pidnap/rpc-prefix';
import { createORPCClient } from '@orpc/client';
import { createNodeLink } from '../rpc/node-link.ts';

/** Logs are the longest answers; a list of all processes may come near them. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** A client for the machine's own pidnap, over its unix socket. */
export function connectToPidnap(socketPath: string): PidnapClient {
  return createORPCClient(
    createNodeLink({ url: `http://localhost${RPC_PREFIX}`, socketPath, maxAnswerBytes: MAX_ANSWER_BYTES }),
  );
}
