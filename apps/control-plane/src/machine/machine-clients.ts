import { DAEMON_RPC_PREFIX, type daemonContract } from '@fettle/contract';
import { createPidnapClient, type PidnapClient } from '@fettle/pidnap/client';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import type { MachineProvider, RequestSigner } from '../providers/machine-provider.ts';

/** Every procedure of a machine's daemon as a typed function. */
export type DaemonClient = ContractRouterClient<typeof daemonContract>;

/** Typed access to what runs inside a machine. */
export type MachineClients = { pidnap: PidnapClient; daemon: DaemonClient };

/** Clients for one machine, through whatever way its provider knows. The connection signs each request. */
export function machineClients(
  provider: MachineProvider,
  machineId: string,
  signerFor: (port: 'pidnap' | 'daemon') => RequestSigner,
): MachineClients {
  const pidnap = provider.connect(machineId, 'pidnap', signerFor('pidnap'));
  const daemon = provider.connect(machineId, 'daemon', signerFor('daemon'));
  return {
    pidnap: createPidnapClient({ ...pidnap, token: '' }),
    daemon: createORPCClient(new RPCLink({ url: `${daemon.url}${DAEMON_RPC_PREFIX}`, fetch: daemon.fetch })),
  };
}
