import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CloudflareServer, startCloudflareServer } from './server.ts';

const ACCOUNT = 'ab'.repeat(16);
const TOKEN = 'token-of-this-test';
let folder = '';
let server: CloudflareServer;
const start = () => startCloudflareServer({ folder, accountId: ACCOUNT, token: TOKEN });

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'fettle-cloudflare-'));
  server = await start();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

type Answer = { status: number; codes: number[]; result: unknown };

async function call(method: string, at: string, body?: unknown, token = TOKEN): Promise<Answer> {
  const response = await fetch(`${server.baseUrl}/accounts/${ACCOUNT}${at}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  });
  const envelope = (await response.json()) as { errors: { code: number }[]; result: unknown };
  return { status: response.status, codes: envelope.errors.map(({ code }) => code), result: envelope.result };
}

/** An upload with one class of objects, unless it is told otherwise. */
function upload(metadata: object = {}, source = 'class A {}\nexport { A };\nexport default {};\n'): FormData {
  const form = new FormData();
  const whole = {
    main_module: 'worker.js',
    compatibility_date: '2026-07-01',
    bindings: [
      { type: 'durable_object_namespace', name: 'A', class_name: 'A' },
      { type: 'secret_text', name: 'KEY', text: 'planted-secret' },
    ],
    migrations: { new_sqlite_classes: ['A'] },
    ...metadata,
  };
  form.append('metadata', new Blob([JSON.stringify(whole)], { type: 'application/json' }));
  form.append('worker.js', new File([source], 'worker.js', { type: 'application/javascript+module' }));
  return form;
}

test('a script that was uploaded is there after a restart, and its secret is told to nobody', async () => {
  expect(await call('PUT', '/workers/scripts/one', upload())).toMatchObject({ status: 200 });
  await server.close();
  server = await start();
  const { result } = await call('GET', '/workers/scripts/one/settings');
  expect(result).toMatchObject({ bindings: [{ name: 'A' }, { type: 'secret_text', name: 'KEY' }] });
  expect(JSON.stringify(result) + readFileSync(path.join(folder, 'calls.jsonl'), 'utf8')).not.toContain(
    'planted-secret',
  );
});

test.each([
  ['a class that no migration makes', { migrations: {} }, 10_061],
  ['a migration of a class that is not exported', { migrations: { new_sqlite_classes: ['B'] } }, 10_070],
  ['objects without SQLite', { migrations: { new_classes: ['A'] } }, 10_099],
  ['a date in the future', { compatibility_date: '2999-01-01' }, 10_021],
  ['a module that is not there', { main_module: 'other.js' }, 10_021],
  [
    'a bucket that is not there',
    { bindings: [{ type: 'r2_bucket', name: 'B', bucket_name: 'none' }] },
    10_021,
  ],
  ['a field that nobody knows', { surprise: true }, 10_021],
])('an upload with %s is refused, and nothing of it is kept', async (_what, metadata, code) => {
  expect(await call('PUT', '/workers/scripts/one', upload(metadata))).toMatchObject({ codes: [code] });
  expect(await call('GET', '/workers/scripts/one/settings')).toMatchObject({ status: 404, codes: [10_007] });
});

test('objects keep their code, and are made once', async () => {
  await call('PUT', '/workers/scripts/one', upload());
  expect(await call('PUT', '/workers/scripts/one', upload())).toMatchObject({ codes: [10_074] });
  const without = upload({ bindings: [], migrations: undefined }, 'export default {};\n');
  expect(await call('PUT', '/workers/scripts/one', without)).toMatchObject({ codes: [10_064] });
  const tagged = upload({ migrations: { old_tag: 'v3', deleted_classes: ['A'] }, bindings: [] });
  expect(await call('PUT', '/workers/scripts/one', tagged)).toMatchObject({ status: 412, codes: [10_079] });
  expect(server.account.scripts.one?.classes).toHaveProperty('A');
});

test('a version from before a migration cannot be deployed again', async () => {
  await call('PUT', '/workers/scripts/one', upload({ bindings: [], migrations: undefined }));
  const before = server.account.scripts.one?.versions[0]?.id;
  await call('PUT', '/workers/scripts/one', upload());
  const back = { strategy: 'percentage', versions: [{ version_id: before, percentage: 100 }] };
  expect(await call('POST', '/workers/scripts/one/deployments', back)).toMatchObject({ status: 400 });
});

test('another token, another account and an unknown path are refused', async () => {
  expect(await call('GET', '/workers/scripts', undefined, 'wrong')).toMatchObject({
    status: 403,
    codes: [10_000],
  });
  const other = await fetch(`${server.baseUrl}/accounts/${'cd'.repeat(16)}/workers/scripts`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(other.status).toBe(403);
  expect(await call('GET', '/no/such/path')).toMatchObject({ status: 404, codes: [7000] });
});

test('a bucket is made once, and its rules are checked', async () => {
  expect(await call('POST', '/r2/buckets', { name: 'kept-things' })).toMatchObject({ status: 200 });
  expect(await call('POST', '/r2/buckets', { name: 'kept-things' })).toMatchObject({
    status: 409,
    codes: [10_004],
  });
  expect(await call('PUT', '/r2/buckets/none/lifecycle', { rules: [] })).toMatchObject({ codes: [10_006] });
  const rule = {
    id: 'r',
    enabled: true,
    conditions: { prefix: '' },
    deleteObjectsTransition: { condition: { type: 'Age', maxAge: 0 } },
  };
  expect(await call('PUT', '/r2/buckets/kept-things/lifecycle', { rules: [rule] })).toMatchObject({
    status: 400,
  });
});

test('assets are uploaded with the token of their session, and a script needs all of them', async () => {
  const hash = '0'.repeat(32);
  const opened = await call('POST', '/workers/scripts/one/assets-upload-session', {
    manifest: { '/index.html': { hash, size: 2 } },
  });
  const { jwt } = opened.result as { jwt: string };
  expect(await call('PUT', '/workers/scripts/one', upload({ assets: { jwt } }))).toMatchObject({
    status: 401,
  });
  const files = new FormData();
  files.append(hash, new Blob([Buffer.from('ok').toString('base64')]), hash);
  const sent = await call('POST', '/workers/assets/upload?base64=true', files, jwt);
  expect(sent).toMatchObject({ status: 201 });
  const complete = upload({ assets: sent.result as { jwt: string } });
  expect(await call('PUT', '/workers/scripts/one', complete)).toMatchObject({ status: 200 });
  expect(Buffer.from(server.blob(hash)).toString()).toBe('ok');
});
