import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Stands in front of a server, and can lose an answer on its way back. */
export type LossyProxy = {
  url: string;
  /** The answer to the next request whose path fits is lost: what was asked is done, and nobody hears of it. */
  loseNext(fits: RegExp): void;
  close(): Promise<void>;
};

/** Starts a proxy in front of `target` on a free loopback port. Addresses of the target in JSON become its own. */
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
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      const answer = isJson
        ? Buffer.from((await response.text()).replaceAll(target, urlOf(server)))
        : Buffer.from(await response.arrayBuffer());
      if (losing?.test(path)) {
        losing = null;
        return void incoming.socket.destroy();
      }
      const { 'content-length': _length, ...headersBack } = Object.fromEntries(response.headers);
      outgoing.writeHead(response.status, headersBack).end(answer);
    };
    forward().catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: urlOf(server),
    loseNext: (fits) => void (losing = fits),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What belongs to one connection only. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);
