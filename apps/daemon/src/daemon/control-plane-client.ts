import type { machineContract } from '@fettle/contract';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';

/** What the control plane answers to a machine. */
export type ControlPlaneClient = ContractRouterClient<typeof machineContract>;

/** A client for the control plane; who we are is in the token alone. */
export function createControlPlaneClient({
  controlUrl,
  machineToken,
}: {
  /** Base URL without `/machine/rpc`; a path of its own is kept. */
  controlUrl: string;
  machineToken: string;
}): ControlPlaneClient {
  const link = new RPCLink({
    url: `${controlUrl.replace(/\/+$/, '')}/machine/rpc`,
    headers: { authorization: `Bearer ${machineToken}` },
  });
  return createORPCClient(link);
}
