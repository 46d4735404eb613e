import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MACHINE_EVIDENCE_PATH } from '@fettle/contract';
import { makeTestCredentials, MACHINE_TOKEN, type TestCredentials } from './test-credentials.ts';

/** A real HTTP server that keeps evidence, as the control plane does. */
export type TestEvidenceStore = {
  /** Base URL for a machine's spec. */
  url: string;
  /** What was stored, by `<id>/<part>`. */
  parts: Map<string, Buffer>;
  credentials: TestCredentials;
  /** How the next requests are answered; `busy-once`: the next one is not served, the ones after it are. */
  mode: 'keep' | 'hang' | 'refuse' | 'busy-once' | 'html';
  close(): Promise<void>;
};

/** Starts the server. What one machine stored can be read under the name of any machine. */
export async function startTestEvidenceStore(): Promise<TestEvidenceStore> {
  const server = createServer(async (request, response) => {
    if (store.mode === 'hang') return;
    if (await store.credentials.handle(request, response)) return;
    if (store.mode === 'refuse') return void response.writeHead(413).end();
    if (store.mode === 'html')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>');
    if (store.mode === 'busy-once') {
      store.mode = 'keep';
      return void response.writeHead(503).end();
    }
    if (request.headers.authorization !== `Bearer ${MACHINE_TOKEN}`)
      return void response.writeHead(401).end();
    const names = (request.url ?? '').replace(`/control${MACHINE_EVIDENCE_PATH}/`, '').split('/');
    if (request.method === 'GET') {
      const part = store.parts.get(names.slice(1).join('/'));
      return void response.writeHead(part === undefined ? 404 : 200).end(part);
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const whole = Buffer.concat(chunks);
      // As the control plane: what it stores has to have a known length.
      if (request.headers['content-length'] !== String(whole.length)) return response.writeHead(411).end();
      store.parts.set(names.join('/'), whole);
      return response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const store: TestEvidenceStore = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/control`,
    parts: new Map(),
    credentials: makeTestCredentials(),
    mode: 'keep',
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return store;
}
