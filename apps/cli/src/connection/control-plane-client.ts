import { OPERATOR_RPC_PATH, type operatorContract } from '@fettle/contract/operator-audience';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';

/** Every procedure that operators may call, as a typed function. */
export type ControlPlane = ContractRouterClient<typeof operatorContract>;

/** Longest a call may take: above every deadline of the control plane itself, so that its own error arrives. */
const DEADLINE_MS = 30_000;

/** A client of the operator API. Every call has a deadline. */
export function connectControlPlane({ url, token }: { url: string; token: string }): ControlPlane {
  const link = new RPCLink({
    url: `${url.replace(/\/+$/, '')}${OPERATOR_RPC_PATH}`,
    headers: () => ({ authorization: `Bearer ${token}` }),
    fetch: (request, init) =>
      globalThis.fetch(request, {
        ...init,
        signal: AbortSignal.any([request.signal, AbortSignal.timeout(DEADLINE_MS)]),
      }),
  });
  return createORPCClient(link);
}
