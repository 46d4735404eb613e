import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MACHINE_CREDENTIALS_PATH, type FreshCredentials } from '@fettle/contract';

/** What every machine gets for whatever it shows: nothing here checks it. */
const GIVEN: FreshCredentials = {
  token: 'machine-token-of-a-test',
  expiresInMs: 3_600_000,
  renewal: 'renewal-token-of-a-test',
  commandKeys: ['c'.repeat(43)],
  repositories: null,
};

/**
 * A control plane that gives machines credentials and does nothing else: without them no machine checks its code out, and
 * none of its services starts.
 */
export async function openCredentialDesk(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    const known = request.url?.startsWith(`${MACHINE_CREDENTIALS_PATH}/`) === true;
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ? { json: GIVEN } : {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
