import { once } from 'node:events';
import net from 'node:net';

/** Whether a port can be listened on at loopback and nobody answers there. */
export async function isPortFree(port: number): Promise<boolean> {
  if (await answers(port)) return false;
  const server = net.createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    // Taken, or not ours to take: either way it is not free for us.
    return false;
  } finally {
    server.close();
  }
}

/** A port at loopback that nobody listens on now. */
export async function findFreePort(): Promise<number> {
  const server = net.createServer();
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // Refused: nobody is there.
    return false;
  } finally {
    socket.destroy();
  }
}
