import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Stands in front of a server, and can lose an answer on its way back. */
export type LossyProxy = {
  url: string;
  /** The answer to the next request whose path fits is lost: what was asked is done, and nobody hears of it. */
  loseNext(fits: RegExp): void;
  close(): Promise<void>;
};

/** Starts a proxy in front of `target` on a free loopback port. */
export async function startLossyProxy(target: string): Promise<LossyProxy> {
  let losing: RegExp | null = null;
  const server = createServer((incoming, outgoing) => {
    const forward = async () => {
      const { method = 'GET', url: path = '/' } = incoming;
      const body = method === 'GET' || method === 'HEAD' ? null : await buffer(incoming);
      const headers = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
        typeof value === 'string' && !HOP_BY_HOP.has(name) ? [[name, value]] : [],
      );
      const response = await fetch(`${target}${path}`, { method, headers, body, redirect: 'manual' });
      const answer = Buffer.from(await response.arrayBuffer());
      if (losing?.test(path)) {
        losing = null;
        return void incoming.socket.destroy();
      }
      outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(answer);
    };
    forward().catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseNext: (fits) => void (losing = fits),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What belongs to one connection only. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);
