import { DAEMON_RPC_PREFIX, type daemonContract } from '@fettle/contract';
import { createPidnapClient, type PidnapClient } from '@fettle/pidnap/client';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import type { MachineProvider } from '../providers/machine-provider.ts';

/** Every procedure of a machine's daemon as a typed function. */
export type DaemonClient = ContractRouterClient<typeof daemonContract>;

/** Typed access to what runs inside a machine. */
export type MachineClients = { pidnap: PidnapClient; daemon: DaemonClient };

/** Clients for one machine, through whatever way its provider knows. The connection puts the bearer on each request. */
export function machineClients(
  provider: MachineProvider,
  machineId: string,
  bearer: () => Promise<string>,
): MachineClients {
  const pidnap = provider.connect(machineId, 'pidnap', bearer);
  const daemon = provider.connect(machineId, 'daemon', bearer);
  return {
    pidnap: createPidnapClient({ ...pidnap, token: '' }),
    daemon: createORPCClient(new RPCLink({ url: `${daemon.url}${DAEMON_RPC_PREFIX}`, fetch: daemon.fetch })),
  };
}
