import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { RPC_PREFIX } from '../contract/rpc-prefix.ts';
import type { RpcHandler } from './rpc.ts';
import type { TokenFile } from './token-file.ts';

/** Node looks for requests that do not come to an end this often; the time they get is a minute and more. */
const LOOK_FOR_SLOW_MS = 60_000;

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

/** Opens a door. With a token, every request but that for a sign of life needs it. */
export function openDoor(answering: Answering, token: TokenFile | null): Door {
  const allow = (request: IncomingMessage): boolean =>
    token === null || isBearer(request.headers.authorization, token.current());
  const http = createServer({ connectionsCheckingInterval: LOOK_FOR_SLOW_MS }, (request, response) => {
    answer(request, response, { answering, allow }).catch((error: unknown) => {
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
  { answering, allow }: { answering: Answering; allow: (request: IncomingMessage) => boolean },
): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (path === '/healthz' && request.method === 'GET') return sendJson(response, 200, answering.healthz());
  if (!allow(request)) {
    const error = {
      defined: true,
      code: 'UNAUTHORIZED',
      status: 401,
      message: 'A valid bearer token is required',
    };
    response.setHeader('www-authenticate', 'Bearer');
    return sendJson(response, 401, { json: error });
  }
  const handler = await answering.rpc();
  const { matched } = await handler.handle(request, response, { prefix: RPC_PREFIX });
  if (!matched)
    sendJson(response, 404, { error: `nothing is served at this path; the API is at ${RPC_PREFIX}` });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  // The body of the request was not read: the connection cannot be used again.
  if (status >= 400) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Compares in constant time. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
