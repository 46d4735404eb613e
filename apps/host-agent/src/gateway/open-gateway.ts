import type { Server } from 'node:http';
import type { GatewayAddress } from '../backend/machine-backend.ts';
import { systemCode } from '../host-failure.ts';
import { closeServer, listen } from '../server/listen.ts';
import { createMachineGateway, type GatewayOptions } from './machine-gateway.ts';

/** The gateway, listening. */
export interface OpenGateway {
  server: Server;
  port: number;
  /** Base URL as machines reach it. */
  url: string;
  address: GatewayAddress;
}

interface OpenOptions {
  /** Addresses to bind, with the name that machines use for each. The first that can be bound is taken. */
  places: { bind: string; name: string }[];
  /** Port of the last run; machines that still run know only this one. */
  lastPort: number | null;
  gateway: GatewayOptions;
}

/** Starts the machine gateway on the first address that this computer has, and on the last run's port if it is free. */
export async function openGateway({ places, lastPort, gateway }: OpenOptions): Promise<OpenGateway> {
  let refused: unknown = new Error('no address to bind');
  for (const { bind, name } of places) {
    for (const port of lastPort === null ? [0] : [lastPort, 0]) {
      const server = createMachineGateway(gateway);
      try {
        const bound = await listen(server, port, bind);
        if (lastPort !== null && bound !== lastPort) {
          gateway.log(
            `port ${lastPort} is taken: running machines reach the gateway again after their next restart`,
          );
        }
        const url = `http://${name}:${bound}`;
        return { server, port: bound, url, address: addressOf(url) };
      } catch (error) {
        refused = error;
        await closeServer(server);
        if (systemCode(error) !== 'EADDRINUSE' && systemCode(error) !== 'EADDRNOTAVAIL') throw error;
      }
    }
  }
  throw refused;
}

function addressOf(url: string): GatewayAddress {
  return {
    controlUrl: `${url}/control`,
    repositories: { platform: `${url}/git/platform.git`, customer: `${url}/git/customer.git` },
  };
}
