/**
 * Everything below `/machine/v1`. Each request is looked at in the same order: its size, its token, how often its machine
 * asks, what it says; only then an object is asked. None of the first three reads any storage.
 */
import {
  MACHINE_CREDENTIALS_PATH,
  MACHINE_EVIDENCE_PATH,
  MACHINE_RPC_PATH,
  MAX_EVIDENCE_PART_BYTES,
  type MachineTokenClaims,
  type TokenUse,
} from '@fettle/contract';
import { RPCHandler } from '@orpc/server/fetch';
import { bearerToken } from '../auth/equal-secrets.ts';
import { verifyMachineToken } from '../auth/machine-token.ts';
import type { Env } from '../env.ts';
import { errorResponse } from '../error-response.ts';
import { machineEvidence } from '../evidence/evidence-routes.ts';
import { forRequest, log } from '../log.ts';
import { admitMachine, type MachineCall } from '../limits/admit.ts';
import { isDeclaredTooLarge } from '../limits/declared-size.ts';
import { secured } from '../security-headers.ts';
import { credentialRouter } from './credential-router.ts';
import { machineRouter } from './machine-router.ts';
import { handling } from './rpc-handling.ts';

/** 250 points of which each is as long as it can be, which is what one call can write, are 156 KB. */
const MAX_RPC_BODY_BYTES = 256 * 1024;
/** A claim, and what is around it. */
const MAX_CREDENTIALS_BODY_BYTES = 4096;

const machines = new RPCHandler(machineRouter, handling(MAX_RPC_BODY_BYTES));
const credentials = new RPCHandler(credentialRouter, handling(MAX_CREDENTIALS_BODY_BYTES));

/** Who asks, what for, and where it is answered. */
type MachineRoute = {
  maxBytes: number;
  use: TokenUse;
  call: MachineCall;
  answer: (asked: MachineAsked) => Promise<Response | undefined>;
};

type MachineAsked = {
  request: Request;
  env: Env;
  execution: ExecutionContext;
  claims: MachineTokenClaims;
};

/** Answers a machine. What is not listed here is nowhere. Each request is named, and a refusal says how. */
export async function machineRoutes(
  request: Request,
  env: Env,
  execution: ExecutionContext,
): Promise<Response> {
  const requestId = crypto.randomUUID();
  const answer = await forRequest(requestId, () => answerMachine(request, env, execution));
  // What a machine is given reaches no browser, and each header costs; a refusal reaches whoever asks.
  if (answer.ok) return answer;
  const refusal = secured(answer);
  refusal.headers.set('x-request-id', requestId);
  return refusal;
}

async function answerMachine(request: Request, env: Env, execution: ExecutionContext): Promise<Response> {
  const route = routeOf(request);
  if (route === null) return errorResponse('NOT_FOUND');
  if (isDeclaredTooLarge(request, route.maxBytes)) return errorResponse('PAYLOAD_TOO_LARGE');
  const token = bearerToken(request);
  const shown = { use: route.use, now: Date.now() };
  const claims = token === null ? null : await verifyMachineToken(env, token, shown);
  if (claims === null) return errorResponse('UNAUTHORIZED');
  const refused = await admitMachine(env, claims, route.call);
  if (refused !== null) return refused;
  try {
    return (await route.answer({ request, env, execution, claims })) ?? errorResponse('NOT_FOUND');
  } catch (error) {
    // Procedures let nothing else out; what evidence is stored in and read from can fail.
    log.error(`a request of ${claims.machineId} failed`, error);
    return errorResponse('INTERNAL');
  }
}

function routeOf({ url, method }: Request): MachineRoute | null {
  const { pathname } = new URL(url);
  if (pathname === `${MACHINE_RPC_PATH}/reportMetrics`) return { ...RPC, call: 'quiet' };
  if (pathname.startsWith(`${MACHINE_RPC_PATH}/`)) return RPC;
  if (pathname === `${MACHINE_CREDENTIALS_PATH}/bootstrap`) return { ...CREDENTIALS, use: 'bootstrap' };
  if (pathname === `${MACHINE_CREDENTIALS_PATH}/renew`) return CREDENTIALS;
  if (pathname.startsWith(`${MACHINE_EVIDENCE_PATH}/`))
    return method === 'PUT' ? { ...EVIDENCE, call: 'patient' } : EVIDENCE;
  return null;
}

const RPC: MachineRoute = {
  maxBytes: MAX_RPC_BODY_BYTES,
  use: 'machine',
  call: 'wakes',
  answer: async ({ request, claims, ...context }) =>
    (await machines.handle(request, { prefix: MACHINE_RPC_PATH, context: { ...context, claims } })).response,
};

const CREDENTIALS: MachineRoute = {
  maxBytes: MAX_CREDENTIALS_BODY_BYTES,
  use: 'renewal',
  call: 'wakes',
  answer: async ({ request, env, claims }) =>
    (await credentials.handle(request, { prefix: MACHINE_CREDENTIALS_PATH, context: { env, claims } }))
      .response,
};

const EVIDENCE: MachineRoute = {
  maxBytes: MAX_EVIDENCE_PART_BYTES,
  use: 'machine',
  call: 'quiet',
  answer: ({ request, env, claims }) => machineEvidence(request, env, claims),
};
