import { createFettleClient } from '@fettle/client';
import { exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { ask, env, eventually, newMachine, template } from '../../test/in-workerd.ts';
import type { Env } from '../env.ts';
import { makeOperatorToken } from '../auth/operator-token.ts';
import { apiReference } from './api-reference.ts';
import { operatorRoutes } from './operator-routes.ts';

const headers = { authorization: `Bearer ${env.FETTLE_OPERATOR_TOKEN}` };

/** A call of the REST API, by whom the whole deployment belongs to. */
function rest(method: string, path: string, body?: unknown, more: Record<string, string> = {}) {
  return ask(`/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const error = (code: string, status: number, data: object = {}) => ({
  code,
  status,
  message: expect.any(String),
  data: { retryable: false, ...data },
});

test('a project is made, looked at and changed by its path', async () => {
  const project = `r-${crypto.randomUUID().slice(0, 8)}`;
  const made = await rest('PUT', `/projects/${project}`, {
    organization: 'acme',
    template,
    slots: ['web-1'],
  });
  expect([made.status, await made.json()]).toMatchObject([200, { organization: 'acme', project }]);
  expect(await (await rest('GET', '/projects')).json()).toContainEqual({ organization: 'acme', project });
  const pinned = await rest('PUT', `/projects/${project}/pins/web-1`, { reason: 'under examination' });
  expect(await pinned.json()).toMatchObject({ pins: [{ slot: 'web-1' }] });
  const unpinned = await rest('DELETE', `/projects/${project}/pins/web-1`);
  expect(await unpinned.json()).toMatchObject({ pins: [] });
});

test('numbers in a query string are numbers, and a command answers that it was taken', async () => {
  const { machineId } = await newMachine();
  const events = await rest('GET', `/machines/${machineId}/events?limit=1`);
  expect([events.status, await events.json()]).toEqual([200, expect.any(Array)]);
  const stopped = await eventually(
    () => rest('POST', `/machines/${machineId}/stop`),
    ({ status }) => status !== 404,
  );
  expect([stopped.status, await stopped.json()]).toMatchObject([202, { accepted: true }]);
});

test.each([
  ['GET', '/machines/demo.web-1.1/events?limit=0', undefined, error('BAD_REQUEST', 400, { field: 'limit' })],
  [
    'GET',
    '/machines/demo.web-1.1/events?secret=hunter2',
    undefined,
    error('BAD_REQUEST', 400, { field: 'secret' }),
  ],
  ['PUT', '/projects/demo/policy', '{"policy":', error('BAD_REQUEST', 400)],
  ['POST', '/tokens', { name: 7, grants: [] }, error('BAD_REQUEST', 400, { field: 'name' })],
  ['GET', '/nothing', undefined, error('NOT_FOUND', 404)],
  ['PATCH', '/projects/demo', {}, error('NOT_FOUND', 404)],
  ['PUT', '/projects/demo/policy', 'x'.repeat(70_000), error('PAYLOAD_TOO_LARGE', 413)],
])('%s %s is refused in one form, and nothing of it is repeated', async (method, path, body, refusal) => {
  const answer = await rest(method, path, body);
  const text = await answer.text();
  const { status, data, ...told } = refusal;
  expect(answer.status).toBe(status);
  expect(JSON.parse(text)).toEqual({ status, ...told, data: { ...data, ...optional(text) } });
  expect(text).not.toContain('hunter2');
  expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
});

/** What was expected is told in words that are not compared here. */
function optional(text: string): { expected?: unknown } {
  const { data } = JSON.parse(text) as { data: { expected?: string } };
  return data.expected === undefined ? {} : { expected: expect.any(String) };
}

test.each([
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'text/event-stream',
  'text/plain',
])('a body of type %s is refused before it is read', async (type) => {
  const answer = await rest('POST', '/tokens', 'name=x', { 'content-type': type });
  expect([answer.status, await answer.json()]).toMatchObject([400, error('BAD_REQUEST', 400)]);
});

test.each([
  'null',
  '{"json":{"project":"x"},"meta":7}',
  '{"json":{"project":"x"},"meta":[[0,"project"]]}',
  '{"json":{"project":"x"},"meta":[[3,"__proto__","polluted"]]}',
])('what RPC cannot read, such as %s, is the mistake of whoever sent it', async (body) => {
  const answer = await rest('POST', '/rpc/projects/get', body);
  expect([answer.status, await answer.json()]).toMatchObject([400, { json: error('BAD_REQUEST', 400) }]);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

test.each([
  ['/api/v1/projects', {}],
  ['/api/v1/evidence/demo.web-1.1/7/logs.txt', {}],
  ['/api/v1/rpc/projects/list', 'json'],
])('when nobody can tell who asks for %s, that is said in the form of all errors', async (path, form) => {
  const OPERATORS = {
    getByName: () => ({ authenticate: () => Promise.reject(new Error('the object was reset')) }),
  } as unknown as Env['OPERATORS'];
  const { token } = await makeOperatorToken(env.FETTLE_TOKEN_KEY);
  const asked = new Request(`http://x${path}`, { headers: { authorization: `Bearer ${token}` } });
  const answer = await operatorRoutes(asked, { ...env, OPERATORS });
  const told = error('INTERNAL', 500, { retryable: true });
  expect(answer.status).toBe(500);
  expect(await answer.json()).toEqual(form === 'json' ? { json: { ...told, defined: true } } : told);
  expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
});

test('nobody is let in without credentials, and that is said in the same form', async () => {
  const answer = await ask('/api/v1/projects');
  expect([answer.status, await answer.json()]).toEqual([401, error('UNAUTHORIZED', 401)]);
});

test('the client asks the same control plane', async () => {
  const worker = (exports as unknown as { default: Fetcher }).default;
  const url = 'http://control-plane.test';
  const client = (token: string) =>
    createFettleClient({ url, token, fetch: (request) => worker.fetch(request) });
  const { project } = await newMachine();
  expect(await client(env.FETTLE_OPERATOR_TOKEN).projects.get({ project })).toMatchObject({ project });
  await expect(client('wrong').projects.list()).rejects.toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
  await expect(
    client(env.FETTLE_OPERATOR_TOKEN).machines.get({ machineId: 'nobody.web-1.1' }),
  ).rejects.toMatchObject({ code: 'MACHINE_NOT_FOUND', requestId: expect.stringMatching(/^[\w-]{36}$/) });
});

test('the document and the page are read from the assets, by anybody', async () => {
  const asked: string[] = [];
  const ASSETS = {
    fetch: async (url: URL) => {
      asked.push(url.pathname);
      return new Response('it');
    },
  } as unknown as Fetcher;
  const get = (path: string, method = 'GET') =>
    apiReference(new Request(`http://x${path}`, { method }), { ASSETS } as Env);
  for (const path of ['/api/v1/openapi.json', '/reference', '/reference.css']) {
    const answer = await get(path);
    expect(await answer?.text()).toBe('it');
    expect(answer?.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'");
  }
  expect(asked).toEqual(['/openapi.json', '/reference', '/reference.css']);
  expect(await get('/reference', 'POST')).toBeNull();
  expect(await get('/openapi.json')).toBeNull();
  expect(await apiReference(new Request('http://x/reference'), {} as Env)).toBeNull();
});
