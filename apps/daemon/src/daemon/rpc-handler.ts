import { DAEMON_RPC_PREFIX } from '@fettle/contract';
import { RPCHandler } from '@orpc/server/node';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRouter, type RouterParts } from './router.ts';

/** Answers a request whose body was read; `false`: it is for no procedure, and is not answered. */
export type RpcHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Answers the procedures. In a module of its own: it costs 15 MB, and most daemons are never asked anything. */
export function createRpcHandler(parts: RouterParts): RpcHandler {
  const handler = new RPCHandler(createRouter(parts));
  return async (request, response) => {
    const { matched } = await handler.handle(request, response, { prefix: DAEMON_RPC_PREFIX, context: {} });
    return matched;
  };
}
