import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { ServerApp } from './serve-api.ts';

/** A listening server. */
export type Listening = { url: string; port: number; close(): Promise<void> };

/** Listens on this computer only; port 0 takes a free one. `route` makes what is served, once the address is known. */
export async function listen(
  port: number,
  route: (url: string) => ServerApp | Promise<ServerApp>,
): Promise<Listening> {
  const server = createServer();
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  const taken = (server.address() as AddressInfo).port;
  const url = `http://127.0.0.1:${taken}`;
  try {
    const app = await route(url);
    const serve = getRequestListener(app.fetch, { overrideGlobalObjects: false });
    server.on('request', (incoming, outgoing) => void serve(incoming, outgoing));
  } catch (error) {
    await close(server);
    throw error;
  }
  return { url, port: taken, close: () => close(server) };
}

/** Stops a server at once; requests on their way are cut. */
async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
