import { errorCatalogue, type ErrorCode } from '@fettle/contract/errors';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { handOverBody, type SignedRequestOutcome } from '@fettle/pidnap/signed-requests';
import { log } from './log.ts';
import type { RpcHandler } from './rpc-handler.ts';

const REQUEST_TIMEOUT_MS = 15_000;
/** Node looks for requests that are past their time this often. */
const LOOK_FOR_SLOW_MS = 60_000;

/** Looks at a request before anybody else. */
export type RequestCheck = (request: IncomingMessage) => Promise<SignedRequestOutcome>;

/** Serves the contract to whoever signs for it, and `/healthz` to everybody. Resolves when it listens. */
export async function startServer({
  loadHandler,
  check,
  host,
  port,
}: {
  /** Asked with the first request that passes the check. */
  loadHandler: () => Promise<RpcHandler>;
  check: RequestCheck;
  host: string;
  port: number;
}): Promise<Server> {
  let loading: Promise<RpcHandler> | null = null;
  const handler = () => (loading ??= loadHandler());
  const options = { connectionsCheckingInterval: LOOK_FOR_SLOW_MS, requestTimeout: REQUEST_TIMEOUT_MS };
  const server = createServer(options, (request, response) => {
    answer({ request, response, handler, check }).catch((error: unknown) => {
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
  check,
}: {
  request: IncomingMessage;
  response: ServerResponse;
  handler: () => Promise<RpcHandler>;
  check: RequestCheck;
}): Promise<void> {
  if (request.url === '/healthz') return reply(response, 200, { ok: true });
  const checked = await check(request);
  if ('refusal' in checked) {
    const { status, code, message, data } = checked.refusal;
    return reply(response, status, rpcError({ status, code, message, data: { retryable: false, ...data } }));
  }
  if (!handOverBody(request, checked.body)) return reply(response, 400, rpcError(catalogued('BAD_REQUEST')));
  const rpc = await handler();
  if (!(await rpc(request, response))) reply(response, 404, rpcError(catalogued('NOT_FOUND')));
}

/** An error in the form that oRPC clients read. */
function rpcError(error: { code: string; status: number; message: string; data: object }): object {
  return { json: { defined: true, ...error } };
}

function catalogued(code: ErrorCode) {
  const { status, message, retryable } = errorCatalogue[code];
  return { code, status, message, data: { retryable } };
}

function reply(response: ServerResponse, status: number, body: object): void {
  // The body of a refused request was not read: its connection cannot be used again.
  if (status >= 400) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
