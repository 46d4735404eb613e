import * as v from 'valibot';
import { type Api, jsonBody, type Parts, success } from '../api.ts';
import { refusals } from '../refusal.ts';

/** Files of one upload, and how long its token is good for: https://developers.cloudflare.com/workers/static-assets/direct-upload/ */
const FILES_PER_BUCKET = 50;
const TOKEN_LIFE_S = 3600;
const MAX_FILE_BYTES = 25 * 1024 * 1024;

const Manifest = v.strictObject({
  manifest: v.record(
    v.pipe(v.string(), v.startsWith('/')),
    v.strictObject({
      hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits')),
      size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_FILE_BYTES)),
    }),
  ),
});

/** Static assets: a manifest opens a session, and what is not there yet is uploaded with the session's token. */
export function assetRoutes(api: Api, { store, assetsTokens }: Parts): void {
  const { account } = store;
  const missing = (manifest: Record<string, string>) => [
    ...new Set(Object.values(manifest).filter((hash) => !account.assets.includes(hash))),
  ];

  api.post('/accounts/:account/workers/scripts/:name/assets-upload-session', async (c) => {
    const { manifest } = await jsonBody(c, Manifest);
    const hashes = Object.fromEntries(Object.entries(manifest).map(([path, { hash }]) => [path, hash]));
    const wanted = missing(hashes);
    const jwt = assetsTokens.sign({
      script: c.req.param('name'),
      manifest: hashes,
      complete: wanted.length === 0,
      exp: Date.now() / 1000 + TOKEN_LIFE_S,
    });
    const buckets = Array.from({ length: Math.ceil(wanted.length / FILES_PER_BUCKET) }, (_, index) =>
      wanted.slice(index * FILES_PER_BUCKET, (index + 1) * FILES_PER_BUCKET),
    );
    return success(c, { jwt, buckets });
  });

  // Opened by the session's token instead of the account's.
  api.post('/accounts/:account/workers/assets/upload', async (c) => {
    const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const claims = assetsTokens.verify(token, Date.now() / 1000);
    if (claims === null) throw refusals.badAssetsToken();
    if (c.req.query('base64') !== 'true') throw refusals.badAssets('expected base64=true');
    const form = await c.req.formData();
    for (const [hash, part] of form.entries()) {
      if (!Object.values(claims.manifest).includes(hash))
        throw refusals.badAssets(`${hash} is not in the session's manifest`);
      const text = typeof part === 'string' ? part : await part.text();
      store.put(Buffer.from(text, 'base64'), hash);
      if (!account.assets.includes(hash)) account.assets.push(hash);
    }
    c.set('body', { files: [...form.keys()] });
    store.save();
    if (missing(claims.manifest).length > 0) return success(c, {});
    return success(c, { jwt: assetsTokens.sign({ ...claims, complete: true }) }, { status: 201 });
  });
}
