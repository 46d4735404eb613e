import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asker } from './ask.ts';

const MAIN = path.join(import.meta.dirname, '..', 'src', 'main.ts');
let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'fettle-provider-program-'));
  await writeFile(path.join(root, 'token'), 'token-of-a-host-that-is-not-there', { mode: 0o600 });
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** Starts the program and reads its line. No host answers where it is sent. */
async function start(provider: string) {
  const child = execa({ node: true, reject: false, stdin: 'pipe' })(MAIN, [
    provider,
    '--state',
    path.join(root, provider),
    '--host-url',
    'http://127.0.0.1:9',
    '--host-token-file',
    path.join(root, 'token'),
    '--exit-with-stdin',
  ]);
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    void child.then(({ stderr }) => reject(new Error(stderr)));
  });
  const ready = JSON.parse(line) as { url: string; key: string; port: number; pid: number };
  return { child, ready, ask: asker(ready.url, ready.key) };
}

test('a program that was killed comes back with its key and all that it was told', async () => {
  const first = await start('fly');
  expect(first.ready).toMatchObject({ ready: true, provider: 'fly', key: expect.any(String) });
  expect((await first.ask('GET', '/apps/fettle')).body).toMatchObject({ name: 'fettle', machine_count: 0 });
  expect((await first.ask('POST', '/apps', { name: 'fleet', org_slug: 'ours' })).status).toBe(201);
  const control = asker(first.ready.url.replace('/v1', '/_test'), first.ready.key);
  const wrong = await control('POST', '/faults', { kind: 'slow', ms: 'long' });
  expect(wrong).toMatchObject({ status: 400, body: { error: expect.stringContaining('ms') } });
  const added = await control('POST', '/faults', { kind: 'refuse', status: 503, body: { error: 'busy' } });
  expect((await first.ask('GET', '/apps/fleet')).status).toBe(503);
  expect((await control('DELETE', `/faults/${String(added.body['id'])}`)).status).toBe(204);
  expect((await control('GET', '/requests')).body.at(-1)).toMatchObject({
    operation: 'Apps_show',
    status: 503,
  });
  expect((await asker(first.ready.url.replace('/v1', '/_test'), 'no key')('GET', '/requests')).status).toBe(
    401,
  );
  first.child.kill('SIGKILL');
  await first.child;

  const second = await start('fly');
  expect(second.ready.key).toBe(first.ready.key);
  expect((await second.ask('GET', '/apps/fleet')).body).toMatchObject({ name: 'fleet' });
  const state = path.join(root, 'fly', 'state.json');
  expect((await stat(state)).mode & 0o077).toBe(0);
  second.child.stdin.end();
  expect((await second.child).exitCode).toBe(0);

  await writeFile(state, (await readFile(state, 'utf8')).replace('"format":1', '"format":2'));
  await expect(start('fly')).rejects.toThrow('is not what this version keeps: format');
});

test('a host that is not there makes a create fail and leaves nothing behind', async () => {
  const { child, ask } = await start('daytona');
  expect(await ask('POST', '/sandbox', { name: 'nothing' })).toMatchObject({
    status: 500,
    body: { message: 'No runner answers' },
  });
  expect((await ask('GET', '/sandbox/nothing')).status).toBe(404);
  child.kill('SIGTERM');
  expect((await child).exitCode).toBe(0);
});

test('wrong usage is told as such', async () => {
  const run = execa({ node: true, reject: false });
  expect(await run(MAIN, ['daytona', '--state', root])).toMatchObject({ exitCode: 2 });
  const help = await run(MAIN, ['--help']);
  expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('daytona') });
});
