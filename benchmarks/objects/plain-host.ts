import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { healthyInspection } from './healthy-kept.ts';

/** A host on which everything is well, and which does as little as a host can: what it costs is not what is measured. */
export async function startPlainHost(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.url !== '/rpc/machines/inspect') return response.end('{"ok":true}');
      const { json } = JSON.parse(text) as { json: { machineId: string } };
      return response.end(JSON.stringify({ json: healthyInspection(json.machineId) }));
    });
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}
