import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { BodyLimitPlugin, RPCHandler } from '@orpc/server/node';
import { RPC_PREFIX } from '../contract.ts';
import type { createRouter } from './router.ts';
import { createTokenCheck } from './token-check.ts';
import { toWireError } from './wire-error.ts';

/** A definition is a few kilobytes; nothing legitimate comes near this. */
const MAX_BODY_BYTES = 262_144;

/** Where to listen. */
export interface ListenOptions {
  readonly socket: string;
  readonly tcp?: { host: string; port: number; tokenFile: string } | undefined;
}

/** The open listeners. */
export interface Listening {
  readonly socket: string;
  /** Base URL of the TCP listener with the real port; null when there is none. */
  readonly url: string | null;
  close(): Promise<void>;
}

/** Serves the router on a unix socket (open to whoever may open the file) and over TCP (token required). */
export async function listen(
  options: ListenOptions,
  parts: { router: ReturnType<typeof createRouter>; healthz: () => unknown },
): Promise<Listening> {
  const handler = new RPCHandler(parts.router, {
    plugins: [new BodyLimitPlugin({ maxBodySize: MAX_BODY_BYTES })],
    clientInterceptors: [
      async ({ next }) => {
        try {
          return await next();
        } catch (error) {
          throw toWireError(error);
        }
      },
    ],
  });
  const serve = (allow: (request: IncomingMessage) => boolean): Server =>
    createServer((request, response) => {
      answer(request, response, { handler, allow, healthz: parts.healthz }).catch((error: unknown) => {
        console.error('pidnap: a request failed', error);
        response.destroy();
      });
    });
  const servers: Server[] = [];
  const onSocket = serve(() => true);
  rmSync(options.socket, { force: true });
  // Closed to others from its first moment: the file is made within `listen`, by the mask of that time.
  const mask = process.umask(0o177);
  try {
    onSocket.listen(options.socket);
  } finally {
    process.umask(mask);
  }
  await once(onSocket, 'listening');
  servers.push(onSocket);
  let url: string | null = null;
  if (options.tcp) {
    const { host, port, tokenFile } = options.tcp;
    const isValid = createTokenCheck(tokenFile);
    const onTcp = serve((request) => isValid(request.headers.authorization));
    onTcp.listen(port, host);
    await once(onTcp, 'listening');
    servers.push(onTcp);
    url = `http://${host.includes(':') ? `[${host}]` : host}:${(onTcp.address() as AddressInfo).port}`;
  }
  return {
    socket: options.socket,
    url,
    async close() {
      await Promise.all(servers.map(closeServer));
      rmSync(options.socket, { force: true });
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: {
    handler: RPCHandler<Record<never, never>>;
    allow: (request: IncomingMessage) => boolean;
    healthz: () => unknown;
  },
): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (path === '/healthz' && request.method === 'GET') return sendJson(response, 200, parts.healthz());
  if (!parts.allow(request)) {
    const error = {
      defined: true,
      code: 'UNAUTHORIZED',
      status: 401,
      message: 'A valid bearer token is required',
    };
    response.setHeader('www-authenticate', 'Bearer');
    return sendJson(response, 401, { json: error });
  }
  const { matched } = await parts.handler.handle(request, response, { prefix: RPC_PREFIX });
  if (!matched)
    sendJson(response, 404, { error: `nothing is served at this path; the API is at ${RPC_PREFIX}` });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  // The body of the request was not read: the connection cannot be used again.
  if (status >= 400) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  // Whoever waits or follows gets a moment to read its last line.
  const force = setTimeout(() => server.closeAllConnections(), 500);
  await closed;
  clearTimeout(force);
}
