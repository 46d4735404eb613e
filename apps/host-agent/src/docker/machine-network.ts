import { HostFailure } from '../host-failure.ts';
import type { Engine } from './engine.ts';
import { HOST_LABEL } from '../core/container-spec.ts';

/** The network of a host's machines. */
export interface MachineNetwork {
  name: string;
  /** The host's own address in it. */
  gateway: string;
}

/**
 * The bridge network of this host, made when it is not there. Machines cannot reach each other in it: they belong to
 * different customers and have nothing to say to one another.
 */
export async function ensureMachineNetwork(
  { quick, steady }: Engine,
  hostId: string,
): Promise<MachineNetwork> {
  const name = `fettle-${hostId}`;
  const ours = async () => {
    const found = await quick.listNetworks({ filters: { label: [`${HOST_LABEL}=${hostId}`] } });
    return found.find((network) => network.Name === name);
  };
  if ((await ours()) === undefined) {
    await steady.createNetwork({
      Name: name,
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: { [HOST_LABEL]: hostId },
      Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    });
  }
  const gateway = (await ours())?.IPAM?.Config?.[0]?.Gateway;
  if (gateway === undefined)
    throw new HostFailure('PROVIDER_FAILED', `The network ${name} has no gateway address`);
  return { name, gateway };
}
