import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { DAEMON_RPC_PREFIX } from '@fettle/contract';
import { BodyLimitPlugin, RPCHandler } from '@orpc/server/node';
import { carriesToken } from './bearer-token.ts';
import { log } from './log.ts';
import type { DaemonRouter } from './router.ts';

const MAX_BODY_BYTES = 64 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;

/** Serves the contract to whoever shows the token, and `/healthz` to everybody. Resolves when it listens. */
export async function startServer({
  router,
  token,
  host,
  port,
}: {
  router: DaemonRouter;
  token: string;
  host: string;
  port: number;
}): Promise<Server> {
  const handler = new RPCHandler(router, { plugins: [new BodyLimitPlugin({ maxBodySize: MAX_BODY_BYTES })] });
  const server = createServer((request, response) => {
    answer({ request, response, handler, token }).catch((error: unknown) => {
      log('error', 'A request could not be answered', { error });
      response.destroy();
    });
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
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
  handler: RPCHandler<Record<never, never>>;
  token: string;
}): Promise<void> {
  if (request.url === '/healthz') return reply(response, 200, { ok: true });
  if (!carriesToken(request.headers.authorization, token)) {
    return reply(response, 401, rpcError('UNAUTHORIZED', 401, 'A valid token is needed'));
  }
  const { matched } = await handler.handle(request, response, { prefix: DAEMON_RPC_PREFIX, context: {} });
  if (!matched) reply(response, 404, rpcError('NOT_FOUND', 404, 'There is no such thing'));
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
