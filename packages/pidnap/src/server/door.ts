import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { RPC_PREFIX } from '../contract/rpc-prefix.ts';
import type { RpcHandler } from './rpc.ts';
import { handOverBody } from './signed-requests.ts';
import type { Guard } from './guard.ts';

/** Node looks for requests that do not come to an end this often; the time they get is a minute and more. */
const LOOK_FOR_SLOW_MS = 60_000;

const NO_JSON = {
  code: 'BAD_REQUEST',
  status: 400,
  message: 'The input is not valid',
  data: { problems: ['(the body): expected JSON'] },
};

/** What is answered: a cheap sign of life, and the API, which `rpc` resolves to once there is one. */
export interface Answering {
  readonly healthz: () => unknown;
  readonly rpc: () => Promise<RpcHandler>;
}

/** HTTP for connections that somebody else accepted. */
export interface Door {
  admit(socket: Socket): void;
  /** Closes connections without a request. */
  closeIdle(): void;
  closeAll(): void;
}

/** Opens a door. With a guard, every request but that for a sign of life has to pass it. */
export function openDoor(answering: Answering, loadGuard: (() => Promise<Guard>) | null): Door {
  let guard: Promise<Guard> | null = null;
  const check = async (request: IncomingMessage): ReturnType<Guard> =>
    loadGuard === null ? { body: null } : (await (guard ??= loadGuard()))(request);
  const http = createServer({ connectionsCheckingInterval: LOOK_FOR_SLOW_MS }, (request, response) => {
    answer(request, response, { answering, check }).catch((error: unknown) => {
      console.error('pidnap: a request failed', error);
      response.destroy();
    });
  });
  // This server never listens itself, and only then would it begin to keep track of its connections.
  http.emit('listening');
  return {
    admit: (socket) => void http.emit('connection', socket),
    closeIdle: () => http.closeIdleConnections(),
    closeAll: () => http.closeAllConnections(),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { answering, check }: { answering: Answering; check: Guard },
): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (path === '/healthz' && request.method === 'GET') return sendJson(response, 200, answering.healthz());
  const passed = await check(request);
  if ('refusal' in passed) return sendError(response, passed.refusal);
  if (passed.body !== null && !handOverBody(request, passed.body)) return sendError(response, NO_JSON);
  const handler = await answering.rpc();
  const { matched } = await handler.handle(request, response, { prefix: RPC_PREFIX });
  if (!matched)
    sendJson(response, 404, { error: `nothing is served at this path; the API is at ${RPC_PREFIX}` });
}

/** An error in the form that oRPC clients read. */
function sendError(
  response: ServerResponse,
  { scheme, ...error }: { status: number; code: string; message: string; scheme?: string },
): void {
  if (scheme !== undefined) response.setHeader('www-authenticate', scheme);
  sendJson(response, error.status, { json: { defined: true, ...error } });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  // The body of the request was not read: the connection cannot be used again.
  if (status >= 400) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
