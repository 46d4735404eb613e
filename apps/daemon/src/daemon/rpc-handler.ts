import { DAEMON_RPC_PREFIX } from '@fettle/contract';
import { BodyLimitPlugin, RPCHandler } from '@orpc/server/node';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRouter, type RouterParts } from './router.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Answers a request; `false`: it is for no procedure, and is not answered. */
export type RpcHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Answers the procedures. In a module of its own: it costs 15 MB, and most daemons are never asked anything. */
export function createRpcHandler(parts: RouterParts): RpcHandler {
  const handler = new RPCHandler(createRouter(parts), {
    plugins: [new BodyLimitPlugin({ maxBodySize: MAX_BODY_BYTES })],
  });
  return async (request, response) => {
    const { matched } = await handler.handle(request, response, { prefix: DAEMON_RPC_PREFIX, context: {} });
    return matched;
  };
}
