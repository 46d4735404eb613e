import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BodyLimitPlugin, RPCHandler } from '@orpc/server/node';
import { HostFailure } from '../host-failure.ts';
import { bearerCheck } from './bearer.ts';
import { answerError } from './error-answer.ts';
import { proxyToMachine } from './machine-proxy.ts';
import { hostRouter, type RouterParts } from './router.ts';
import { toWireError } from './rpc-errors.ts';

/** The largest command: a create order with 16 services of 50 arguments each stays below it. */
const MAX_BODY_BYTES = 1024 ** 2;

interface HostApiOptions extends RouterParts {
  /** What is taken at the moment. */
  tokens: () => readonly string[];
  log: (message: string) => void;
}

/** The HTTP server of a host: its contract at `/rpc` and the way to machines at `/machines`. Not listening yet. */
export function createHostApi({ tokens, log, ...parts }: HostApiOptions): Server {
  const isHostToken = bearerCheck(tokens);
  const rpc = new RPCHandler(hostRouter(parts), {
    plugins: [new BodyLimitPlugin({ maxBodySize: MAX_BODY_BYTES })],
    clientInterceptors: [
      async ({ next }) => {
        try {
          return await next();
        } catch (error) {
          throw toWireError(error, log);
        }
      },
    ],
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isHostToken(request.headers.authorization))
      return answerError(response, new HostFailure('UNAUTHORIZED'));
    if (request.url?.startsWith('/machines/') === true) return proxyToMachine(parts.host, request, response);
    const { matched } = await rpc.handle(request, response, { prefix: '/rpc', context: {} });
    if (!matched) answerError(response, new HostFailure('NOT_FOUND'));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      log(`request failed: ${error instanceof Error ? error.stack : String(error)}`);
      answerError(response, new HostFailure('INTERNAL', undefined, { cause: error }));
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  // Longer than clients keep idle connections, so that none is closed under a request on its way.
  server.keepAliveTimeout = 75_000;
  return server;
}
