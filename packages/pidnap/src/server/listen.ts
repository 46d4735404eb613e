import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { RPC_PREFIX } from '../contract/rpc-prefix.ts';
import type { RpcHandler } from './rpc.ts';
import { createTokenCheck } from './token-check.ts';

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
  /** Loads the API and begins to answer. */
  serve(): void;
  close(): Promise<void>;
}

/** What is served: a cheap sign of life, and the API, which is loaded once the listeners are open. */
export interface Served {
  readonly healthz: () => unknown;
  readonly rpc: () => Promise<RpcHandler>;
}

/**
 * Opens a unix socket (for whoever may open the file) and a TCP port (token required). Nothing of the API is loaded
 * before `serve` is called; requests that come earlier wait for it.
 */
export async function listen(options: ListenOptions, served: Served): Promise<Listening> {
  const { promise: handler, resolve, reject } = Promise.withResolvers<RpcHandler>();
  // Whoever waits for it is told; without a request nobody waits.
  handler.catch(() => {});
  const serve = (allow: (request: IncomingMessage) => boolean): Server =>
    createServer((request, response) => {
      answer(request, response, { handler, allow, healthz: served.healthz }).catch((error: unknown) => {
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
    serve: () => void served.rpc().then(resolve, reject),
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
    handler: Promise<RpcHandler>;
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
  const handler = await parts.handler;
  const { matched } = await handler.handle(request, response, { prefix: RPC_PREFIX });
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
