import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { carriesToken } from './bearer-token.ts';
import { log } from './log.ts';
import type { RpcHandler } from './rpc-handler.ts';

const REQUEST_TIMEOUT_MS = 15_000;
/** Node looks for requests that are past their time this often. */
const LOOK_FOR_SLOW_MS = 60_000;

/** Serves the contract to whoever shows the token, and `/healthz` to everybody. Resolves when it listens. */
export async function startServer({
  loadHandler,
  token,
  host,
  port,
}: {
  /** Asked with the first request that shows the token. */
  loadHandler: () => Promise<RpcHandler>;
  token: string;
  host: string;
  port: number;
}): Promise<Server> {
  let loading: Promise<RpcHandler> | null = null;
  const handler = () => (loading ??= loadHandler());
  const options = { connectionsCheckingInterval: LOOK_FOR_SLOW_MS, requestTimeout: REQUEST_TIMEOUT_MS };
  const server = createServer(options, (request, response) => {
    answer({ request, response, handler, token }).catch((error: unknown) => {
      log('error', 'A request could not be answered', { error });
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return server;
}

async function answer({
  request,
  response,
  handler,
  token,
}: {
  request: IncomingMessage;
  response: ServerResponse;
  handler: () => Promise<RpcHandler>;
  token: string;
}): Promise<void> {
  if (request.url === '/healthz') return reply(response, 200, { ok: true });
  if (!carriesToken(request.headers.authorization, token)) {
    return reply(response, 401, rpcError('UNAUTHORIZED', 401, 'A valid token is needed'));
  }
  const rpc = await handler();
  if (!(await rpc(request, response)))
    reply(response, 404, rpcError('NOT_FOUND', 404, 'There is no such thing'));
}

/** An error in the form that oRPC clients read. */
function rpcError(code: string, status: number, message: string): object {
  return { json: { defined: false, code, status, message } };
}

function reply(response: ServerResponse, status: number, body: object): void {
  // The body of a refused request was not read: its connection cannot be used again.
  if (status >= 400) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
