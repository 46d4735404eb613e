import { createServer } from 'node:net';

/** A port of loopback that nobody else gets before it is released. */
export type HeldPort = { port: number; release(): Promise<void> };

export function holdPort(): Promise<HeldPort> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        release: () => new Promise((released) => void server.close(() => released())),
      });
    });
  });
}
