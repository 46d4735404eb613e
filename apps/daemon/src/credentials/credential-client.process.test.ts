import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { COMMAND_KEYS } from '../../test/test-credentials.ts';
import { createCredentialClient } from './credential-client.ts';

const FRESH = {
  token: 'fresh',
  expiresInMs: 60_000,
  renewal: null,
  commandKeys: [COMMAND_KEYS.publicKey],
  repositories: null,
};
const TOO_MANY = { defined: true, code: 'TOO_MANY_REQUESTS', status: 429, message: 'too many' };

/** Renews against a control plane that is busy so many times first, and tells how often it was asked. */
async function renewAt(busy: number, retryAfter: string): Promise<{ asked: number; token: string | null }> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    asked += 1;
    const refused = asked <= busy;
    const headers = { 'content-type': 'application/json', ...(refused ? { 'retry-after': retryAfter } : {}) };
    response
      .writeHead(refused ? 429 : 200, headers)
      .end(JSON.stringify({ json: refused ? TOO_MANY : FRESH }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const { token } = await createCredentialClient(`http://127.0.0.1:${port}`).renew('t', { rotate: false });
    return { asked, token };
  } catch {
    return { asked, token: null };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a control plane that is busy is asked again when it says so', async () => {
  expect(await renewAt(2, '0')).toEqual({ asked: 3, token: 'fresh' });
});

test('one that stays busy is left alone, and so is one that wants more time than somebody waits', async () => {
  expect(await renewAt(9, '0')).toEqual({ asked: 4, token: null });
  expect(await renewAt(1, '60')).toEqual({ asked: 1, token: null });
});
