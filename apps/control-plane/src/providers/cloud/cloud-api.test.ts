import * as v from 'valibot';
import { expect, it } from 'vitest';
import { scriptedApi, type ScriptedApi } from '../../../test/scripted-api.ts';
import { onlyOrigin } from '../../outgoing/allow-target.ts';
import { CloudApi } from './cloud-api.ts';
import type { SendRequest } from './cloud-means.ts';
import type { Limit } from './request-limits.ts';

const LIMIT: Limit = { name: 'authenticated', rate: { perSecond: 100, burst: 100 }, header: 'authenticated' };
let apis = 0;

function open(options: { limit?: Limit; timeoutMs?: number; send?: SendRequest } = {}) {
  const url = `https://cloud-${(apis += 1)}.test`;
  const api: ScriptedApi = scriptedApi(url);
  const send = options.send ?? api.send;
  const { limit = LIMIT, timeoutMs = 10_000 } = options;
  const client = new CloudApi({
    name: 'Cloud',
    url,
    allow: onlyOrigin(url),
    key: 'secret-key',
    timeoutMs,
    words: () => null,
    send,
  });
  const call = (path = '/thing') =>
    client.call({ method: 'GET', path, limits: [limit], answer: v.object({ id: v.string() }) });
  return { api, call };
}

it('asks again by itself when the provider wants a moment only', async () => {
  const { api, call } = open();
  const busy = { status: 429, json: { message: 'slower' }, headers: { 'Retry-After-authenticated': '0.05' } };
  api.script({ 'GET /thing': [busy, { json: { id: 'a' } }] });
  expect(await call()).toEqual({ id: 'a' });
});

it('sends nothing, and no key, to an address that an answer has named and that is not its own', async () => {
  const { api, call } = open();
  await expect(call('https://elsewhere.test/thing')).rejects.toMatchObject({
    code: 'PROVIDER_FAILED',
    retryable: true,
    message: 'Cloud told an address that is not used: The address is at no host that is allowed',
  });
  expect(api.take()).toEqual([]);
});

it('does not wait longer than the call may take, and then sends nothing', async () => {
  const { api, call } = open({ limit: { ...LIMIT, rate: { perSecond: 0.001, burst: 2 } } });
  api.script({ 'GET /thing': { json: { id: 'a' } } });
  await Promise.all([call(), call()]);
  await expect(call()).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryable: true,
    message: expect.stringMatching(/^The provider asks for fewer requests: again in \d+ s$/),
  });
  expect(api.sent).toHaveLength(2);
});

it('learns from a good answer that nothing remains', async () => {
  const { api, call } = open();
  const headers = { 'X-RateLimit-Remaining-authenticated': '0', 'X-RateLimit-Reset-authenticated': '20' };
  api.script({ 'GET /thing': { json: { id: 'a' }, headers } });
  await call();
  await expect(call()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});

it('is silent no longer than its deadline', async () => {
  const silent: SendRequest = (request) =>
    new Promise((_resolve, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason));
    });
  const { call } = open({ send: silent, timeoutMs: 30 });
  await expect(call()).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', retryable: true });
});

it('follows nobody elsewhere with the key', async () => {
  const { api, call } = open();
  api.script({
    'GET /thing': new Response('', { status: 302, headers: { location: 'https://elsewhere.test/' } }),
  });
  await expect(call()).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
  expect(api.sent).toHaveLength(1);
});

it('tells a broken connection from an answer', async () => {
  const { api, call } = open();
  api.script({ 'GET /thing': 'lost' });
  await expect(call()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE', retryable: true });
});
