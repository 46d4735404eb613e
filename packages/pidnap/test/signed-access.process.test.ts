import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPidnapClient, type RequestToSign } from '../src/client.ts';
import { authorize, makeCommandKeys } from '../src/client/command-signer.ts';
import { sleeper } from './definitions.ts';
import { startTestPidnap, type TestPidnap } from './pidnap-process.ts';

const AUDIENCE = 'demo.web-1.1/pidnap';
const ours = makeCommandKeys();
const next = makeCommandKeys();

let folder: string;
let keysFile: string;
let pidnap: TestPidnap;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pidnap-keys-'));
  keysFile = join(folder, 'keys');
  writeFileSync(keysFile, `${ours.publicKey}\n`);
  const listen = { tcp: { port: 0, keysFile, audience: AUDIENCE } };
  pidnap = await startTestPidnap({ web: sleeper() }, { config: { listen } });
});
afterAll(async () => {
  await pidnap.end();
  rmSync(folder, { recursive: true });
});

const clientOf = (keys: typeof ours, audience = AUDIENCE) =>
  createPidnapClient({ url: pidnap.url, token: async (request) => authorize(keys, request, { audience }) });

/** One request as it is; `signed`: what its signature says, where that is something else. */
async function send(sent: { path: string; body: string | string[] }, signed: Partial<RequestToSign> = {}) {
  const chunks = [sent.body].flat();
  const request = { method: 'POST', path: sent.path, body: Buffer.from(chunks.join('')), ...signed };
  const headers = {
    'content-type': 'application/json',
    authorization: authorize(ours, request, { audience: AUDIENCE }),
  };
  const { hostname, port } = new URL(pidnap.url);
  const outgoing = httpRequest({ hostname, port, path: sent.path, method: 'POST', headers });
  const answered = once(outgoing, 'response');
  for (const chunk of chunks) outgoing.write(chunk);
  outgoing.end();
  const [answer] = (await answered) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return { status: answer.statusCode, text };
}

describe('a port with keys', () => {
  it('does what is signed, and answers', async () => {
    expect(await clientOf(ours).get({ name: 'web' })).toMatchObject({ name: 'web' });
    expect((await clientOf(ours).info()).shuttingDown).toBe(false);
    await expect(clientOf(ours).get({ name: 'nobody' })).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
  });

  it('streams answers', async () => {
    const stop = new AbortController();
    const events = await clientOf(ours).events({}, { signal: stop.signal });
    expect((await events.next()).value).toMatchObject({ type: 'snapshot' });
    await clientOf(ours).restart({ name: 'web' });
    expect((await events.next()).value).toMatchObject({ type: 'state', name: 'web' });
    stop.abort();
  });

  it('refuses another receiver, another key and a bearer token before anything is done', async () => {
    const { process: web } = await clientOf(ours).wait({ name: 'web', until: 'running' });
    for (const stranger of [
      clientOf(next),
      clientOf(ours, 'demo.web-2.1/pidnap'),
      createPidnapClient({ url: pidnap.url, token: ours.publicKey }),
    ]) {
      await expect(stranger.stop({ name: 'web' })).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
        status: 401,
      });
    }
    expect(await clientOf(ours).get({ name: 'web' })).toMatchObject({ state: 'running', pid: web.pid });
    const bare = await fetch(`${pidnap.url}/rpc/v1/list`, { method: 'POST', body: '{}' });
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Fettle-Signature']);
    expect((await fetch(`${pidnap.url}/healthz`)).status).toBe(200);
  });

  it('takes a repeat of a request for none', async () => {
    const body = Buffer.from('{}');
    const request = { method: 'POST', path: '/rpc/v1/list', body };
    const headers = { authorization: authorize(ours, request, { audience: AUDIENCE }) };
    const statuses = [];
    for (let i = 0; i < 2; i += 1)
      statuses.push((await fetch(`${pidnap.url}/rpc/v1/list`, { method: 'POST', body, headers })).status);
    expect(statuses).toEqual([200, 401]);
  });

  it.each<[string, Parameters<typeof send>, number]>([
    ['a body that is no JSON', [{ path: '/rpc/v1/list', body: '{"json":' }], 400],
    ['a body that is another type', [{ path: '/rpc/v1/get', body: 'null' }], 400],
    ['a body of numbers', [{ path: '/rpc/v1/get', body: '7' }], 400],
    ['no body where one is needed', [{ path: '/rpc/v1/get', body: '' }], 400],
    [
      'a prototype in the input',
      [{ path: '/rpc/v1/get', body: '{"json":{"__proto__":{"name":"web"}}}' }],
      400,
    ],
    ['too much, in parts', [{ path: '/rpc/v1/list', body: Array(5).fill('x'.repeat(65_536)) }], 413],
    ['a path that is none of ours', [{ path: '/nowhere', body: '{}' }], 404],
    ['a path with dots', [{ path: '/rpc/v1/../v2/list', body: '{}' }], 404],
    [
      'a path with a signature for another',
      [{ path: '/rpc/v1/info', body: '{}' }, { path: '/rpc/v1/list' }],
      401,
    ],
    ['a path in another spelling', [{ path: '/rpc/v1/%6cist', body: '{}' }, { path: '/rpc/v1/list' }], 401],
  ])('answers %s without harm', async (_, sent, status) => {
    const { text, ...answer } = await send(...sent);
    expect(answer).toEqual({ status });
    expect(text).not.toMatch(/SyntaxError|TypeError|at .*:\d+:\d+/);
    expect((await clientOf(ours).info()).shuttingDown).toBe(false);
  });

  it('follows rotated keys without a restart', async () => {
    writeFileSync(keysFile, `${next.publicKey}\n${ours.publicKey}\n`);
    for (const keys of [ours, next]) expect((await clientOf(keys).info()).shuttingDown).toBe(false);
    writeFileSync(keysFile, 'garbage');
    expect((await clientOf(ours).info()).shuttingDown).toBe(false);
    writeFileSync(keysFile, `${next.publicKey}\n`);
    await expect(clientOf(ours).info()).rejects.toMatchObject({ status: 401 });
  });
});
