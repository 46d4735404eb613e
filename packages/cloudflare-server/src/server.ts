import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Account } from './account.ts';
import { AccountStore } from './account-store.ts';
import type { ApiEnv, Parts } from './api.ts';
import { AssetsTokens } from './assets-token.ts';
import { type RecordedCall, Recorder } from './recorder.ts';
import { Refusal, refusals } from './refusal.ts';
import { assetRoutes } from './routes/assets.ts';
import { bucketRoutes } from './routes/buckets.ts';
import { scriptEdgeRoutes } from './routes/script-edges.ts';
import { scriptRoutes } from './routes/scripts.ts';

const PREFIX = '/client/v4';

/** A running server of Cloudflare's API, with one account. */
export type CloudflareServer = {
  /** What CLOUDFLARE_BASE_URL is to be. */
  baseUrl: string;
  /** What the account has; read only. */
  account: Account;
  /** Every call since the start, without secrets. */
  calls: readonly RecordedCall[];
  /** The bytes of a module or an asset that was uploaded. */
  blob(digest: string): Uint8Array;
  close(): Promise<void>;
};

/**
 * Starts the server on a free port of the loopback address. `folder` keeps the account; a server that is started on it
 * again goes on with it. `token` is the one API token that is taken.
 */
export async function startCloudflareServer(options: {
  folder: string;
  accountId: string;
  token: string;
}): Promise<CloudflareServer> {
  const store = new AccountStore(options.folder, options.accountId);
  const recorder = new Recorder(options.folder);
  const parts: Parts = { store, assetsTokens: new AssetsTokens(randomBytes(32)) };
  const app = application(parts, recorder, options);
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}${PREFIX}`,
    account: store.account,
    calls: recorder.calls,
    blob: (digest) => store.get(digest),
    async close() {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

function application(
  parts: Parts,
  recorder: Recorder,
  { accountId, token }: { accountId: string; token: string },
) {
  const api = new Hono<ApiEnv>();

  api.use(async (c, next) => {
    await next();
    const { pathname, search } = new URL(c.req.url);
    recorder.record({
      method: c.req.method,
      path: pathname.slice(PREFIX.length) + search,
      body: c.get('body') ?? null,
      status: c.res.status,
      codes: c.error instanceof Refusal ? [c.error.code] : [],
    });
  });
  api.use(async (c, next) => {
    // Files of assets come with a token of their own.
    if (!c.req.path.endsWith('/workers/assets/upload') && c.req.header('authorization') !== `Bearer ${token}`)
      throw refusals.notAuthenticated();
    await next();
  });
  api.use('/accounts/:account/*', async (c, next) => {
    if (c.req.param('account') !== accountId) throw refusals.otherAccount();
    await next();
  });

  api.get('/user/tokens/verify', (c) =>
    c.json({ success: true, errors: [], messages: [], result: { id: accountId, status: 'active' } }),
  );
  scriptEdgeRoutes(api, parts);
  scriptRoutes(api, parts);
  assetRoutes(api, parts);
  bucketRoutes(api, parts);

  // A route and not `notFound`: that of an app below another one is never asked.
  api.all('*', (c) => {
    throw refusals.noRoute(c.req.path.slice(PREFIX.length));
  });
  api.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error;
    const { status, code, message } = error;
    return c.json(
      { success: false, errors: [{ code, message }], messages: [], result: null },
      status as 400 | 401 | 403 | 404 | 409 | 412,
    );
  });

  return new Hono<ApiEnv>().route(PREFIX, api);
}
