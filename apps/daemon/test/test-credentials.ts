import {
  credentialContract,
  errorCatalogue,
  MACHINE_CREDENTIALS_PATH,
  type ErrorCode,
  type FreshCredentials,
} from '@fettle/contract';
import { ORPCError, implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/node';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { makeCommandKeys } from '@fettle/pidnap/command-signer';

/** Keys of whoever commands the machines of tests. */
export const COMMAND_KEYS = makeCommandKeys();
export const MACHINE_TOKEN = 'fmt2.test.machine-token-of-the-test.signature';
export const RENEWAL_TOKEN = 'fmt2.test.renewal-token-of-the-test.signature';
export const BOOTSTRAP_TOKEN = 'fmt2.test.bootstrap-token-of-the-test.signature';

/** What a control plane knows of one machine's credentials, as its object does. */
export type TestCredentials = {
  machineToken: string;
  expiresInMs: number;
  renewal: string;
  /** Bootstrap tokens that were made, with the claim that took each. */
  bootstraps: Map<string, string | null>;
  commandKeys: string[];
  repositories: FreshCredentials['repositories'];
  /** Gives a new renewal token to whoever wants one. */
  rotates: boolean;
  /** What renewals are answered with instead. */
  refusing: ErrorCode | null;
  /** The next answers are lost on the way, after they took effect. */
  loseAnswers: number;
  /** What was asked, oldest first. */
  asked: ('bootstrap' | 'renew' | 'renew and rotate')[];
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
};

/** The error of a code, as the control plane answers it. */
export function catalogued(code: ErrorCode): ORPCError<ErrorCode, unknown> {
  const { status, message, retryable } = errorCatalogue[code];
  return new ORPCError(code, { status, message, data: { retryable } });
}

/** Credentials of one machine below `/control`. */
export function makeTestCredentials(): TestCredentials {
  let rotations = 0;
  const fresh = (renewal: string | null): FreshCredentials => {
    const { machineToken, expiresInMs, commandKeys, repositories } = known;
    return { token: machineToken, expiresInMs, renewal, commandKeys, repositories };
  };
  const machine = implement(credentialContract).$context<{ token: string }>();
  const handler = new RPCHandler({
    bootstrap: machine.bootstrap.handler(({ input, context }) => {
      known.asked.push('bootstrap');
      const claim = known.bootstraps.get(context.token);
      if (claim === undefined) throw catalogued('UNAUTHORIZED');
      if (claim !== null && claim !== input.claim) throw catalogued('CONFLICT');
      known.bootstraps.set(context.token, input.claim);
      return fresh(known.renewal);
    }),
    renew: machine.renew.handler(({ input, context }) => {
      known.asked.push(input.rotate ? 'renew and rotate' : 'renew');
      if (known.refusing !== null) throw catalogued(known.refusing);
      if (context.token !== known.renewal) throw catalogued('UNAUTHORIZED');
      if (!known.rotates || !input.rotate) return fresh(null);
      known.renewal = `${RENEWAL_TOKEN}-${(rotations += 1)}`;
      return fresh(known.renewal);
    }),
  });
  const known: TestCredentials = {
    machineToken: MACHINE_TOKEN,
    expiresInMs: 60_000,
    renewal: RENEWAL_TOKEN,
    bootstraps: new Map([[BOOTSTRAP_TOKEN, null]]),
    commandKeys: [COMMAND_KEYS.publicKey],
    repositories: null,
    rotates: false,
    refusing: null,
    loseAnswers: 0,
    asked: [],
    async handle(request, response) {
      const prefix = `/control${MACHINE_CREDENTIALS_PATH}` as const;
      if (request.url?.startsWith(prefix) !== true) return false;
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      if (known.loseAnswers > 0) {
        known.loseAnswers -= 1;
        response.writeHead = () => response.destroy();
      }
      return (await handler.handle(request, response, { prefix, context: { token } })).matched;
    },
  };
  return known;
}
