import { BodyLimitPlugin, RPCHandler } from '@orpc/server/node';
import { ActionLog } from '../shell/action-log.ts';
import { createRouter, type RouterParts } from './router.ts';
import { MAX_BODY_BYTES } from './body-limit.ts';
import { toWireError } from './wire-error.ts';

/** Serves the contract. In a module of its own, because loading oRPC takes longer than starting twenty processes. */
export type RpcHandler = RPCHandler<Record<never, never>>;

export function createRpcHandler({
  actionLog,
  ...parts
}: Omit<RouterParts, 'actions'> & { actionLog: string }): RpcHandler {
  return new RPCHandler(createRouter({ ...parts, actions: new ActionLog(actionLog) }), {
    plugins: [new BodyLimitPlugin({ maxBodySize: MAX_BODY_BYTES })],
    clientInterceptors: [
      async ({ next, procedure }) => {
        try {
          return await next();
        } catch (error) {
          throw toWireError(error, procedure['~orpc'].inputSchema);
        }
      },
    ],
  });
}
