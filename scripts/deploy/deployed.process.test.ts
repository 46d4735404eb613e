import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type CloudflareServer, startCloudflareServer } from '@fettle/cloudflare-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askDeployed } from './deployed.ts';

const account = { CLOUDFLARE_ACCOUNT_ID: 'a0'.repeat(16), CLOUDFLARE_API_TOKEN: 'token-of-the-test' };
const folder = mkdtempSync(path.join(os.tmpdir(), 'fettle-deployed-'));
let server: CloudflareServer;

beforeAll(async () => {
  server = await startCloudflareServer({
    folder,
    accountId: account.CLOUDFLARE_ACCOUNT_ID,
    token: account.CLOUDFLARE_API_TOKEN,
  });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a Worker that the account does not have is not deployed', async () => {
  const env = { ...account, CLOUDFLARE_BASE_URL: server.baseUrl };
  expect(await askDeployed(env, 'fettle-staging')).toEqual({ exists: false, mark: null });
});

test.each([
  ['a token that is not taken', { CLOUDFLARE_API_TOKEN: 'another-token' }, 'Authentication error (10000)'],
  ['an account that is not there', { CLOUDFLARE_ACCOUNT_ID: '' }, 'No route'],
])('%s is not a Worker that is not there', async (_what, change, said) => {
  const env = { ...account, CLOUDFLARE_BASE_URL: server.baseUrl, ...change };
  const error = await askDeployed(env, 'fettle-staging').then(String, String);
  expect(error).toContain(said);
  expect(error).not.toContain('another-token');
});
