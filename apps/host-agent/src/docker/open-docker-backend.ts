import type { MachineBackend } from '../backend/machine-backend.ts';
import type { OpenBackendOptions } from '../backend/open-backend.ts';
import { openGateway, type OpenGateway } from '../gateway/open-gateway.ts';
import { createDockerBackend } from './docker-backend.ts';
import { connectEngine } from './engine.ts';
import { ensureMachineImage } from './machine-image.ts';
import { ensureMachineNetwork } from './machine-network.ts';
import { removeReaders } from './remove-host.ts';

/** The name under which containers reach their host where the host has no address in their network. */
const HOST_NAME = 'host.docker.internal';

/** Opens the Docker backend: engine, image and network, and the gateway on the network's own address. */
export async function openDockerBackend(
  options: Omit<OpenBackendOptions, 'kind' | 'state'>,
): Promise<{ backend: MachineBackend; gateway: OpenGateway }> {
  const { hostId, records, imageDir, gatewayPort } = options;
  const engine = await connectEngine();
  await removeReaders(engine, hostId);
  const image = await ensureMachineImage(engine, imageDir);
  const network = await ensureMachineNetwork(engine, hostId);
  const gateway = await openGateway({
    // With Docker Desktop the network is inside a virtual machine: there, only the engine's own name leads out.
    places: [
      { bind: network.gateway, name: network.gateway },
      { bind: '127.0.0.1', name: HOST_NAME },
    ],
    lastPort: gatewayPort,
    gateway: options.gateway,
  });
  const extraHosts = gateway.url.includes(HOST_NAME) ? [`${HOST_NAME}:host-gateway`] : [];
  const parts = {
    engine,
    hostId,
    records,
    image,
    network: network.name,
    gateway: gateway.address,
    extraHosts,
  };
  return { gateway, backend: createDockerBackend(parts) };
}
