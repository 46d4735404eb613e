import { FreshCredentials, type credentialContract } from '@fettle/contract/credentials';
import { MACHINE_CREDENTIALS_PATH } from '@fettle/contract/machine-audience';
import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import * as v from 'valibot';
import { createNodeLink } from '../rpc/node-link.ts';
import { retryAfterMs } from '../rpc/retry-after.ts';
import { withDeadline } from '../rpc/with-deadline.ts';

const DEADLINE_MS = 5000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** A machine may ask twice a second, whoever of its programs asks. */
const MOST_TRIES = 4;
const LONGEST_WAIT_MS = 3000;

/** Asks the control plane for what comes next after a token. Answers are what the contract says, or errors. */
export type CredentialClient = {
  bootstrap(token: string, claim: string): Promise<FreshCredentials>;
  renew(token: string, options: { rotate: boolean }): Promise<FreshCredentials>;
};

/** `controlUrl`: base URL; a path of its own is kept. */
export function createCredentialClient(controlUrl: string): CredentialClient {
  const url = `${controlUrl.replace(/\/+$/, '')}${MACHINE_CREDENTIALS_PATH}`;
  const clientOf = (token: string): ContractRouterClient<typeof credentialContract> =>
    createORPCClient(createNodeLink({ url, token, maxAnswerBytes: MAX_ANSWER_BYTES }));
  const ask = async (work: (signal: AbortSignal) => Promise<unknown>) => {
    for (let tries = MOST_TRIES; ; tries -= 1) {
      try {
        return v.parse(FreshCredentials, await withDeadline(DEADLINE_MS, work));
      } catch (error) {
        // A program that only runs once has nobody who would try again for it.
        const waitMs = retryAfterMs(error);
        if (waitMs === undefined || waitMs > LONGEST_WAIT_MS || tries <= 1) throw error;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  };
  return {
    bootstrap: (token, claim) => ask((signal) => clientOf(token).bootstrap({ claim }, { signal })),
    renew: (token, options) => ask((signal) => clientOf(token).renew(options, { signal })),
  };
}

/** Whether the control plane said that a token is good for nothing any more: nobody gets in with it by trying again. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.includes(String((error as { code?: unknown } | null)?.code));
}

const REFUSALS = ['UNAUTHORIZED', 'FORBIDDEN', 'CONFLICT', 'RETIRED'];
