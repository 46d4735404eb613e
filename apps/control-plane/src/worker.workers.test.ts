import { describe, expect, test } from 'vitest';
import { ask, env, newMachine, operator, reaches, report, template } from '../test/in-workerd.ts';
import { commandSigner } from './auth/command-signature.ts';
import { machineToken } from '../test/credentials.ts';

const SECRET = 'a-secret-that-must-not-come-back';

function post(path: string, token: string | null, body: BodyInit): Promise<Response> {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (token !== null) headers.set('authorization', token);
  return ask(path, { method: 'POST', headers, body });
}

const asOperator = (path: string, input: unknown) =>
  post(path, `Bearer ${env.FETTLE_OPERATOR_TOKEN}`, JSON.stringify({ json: input }));

describe('who may ask', () => {
  test.each([
    ['no token', null],
    ['a wrong token', 'Bearer wrong'],
    ['an empty one', 'Bearer '],
    ['another scheme', `Basic ${btoa(`operator:${env.FETTLE_OPERATOR_TOKEN}`)}`],
    ['the token and more', `Bearer ${env.FETTLE_OPERATOR_TOKEN}x`],
    ['the host token', `Bearer ${env.FETTLE_HOST_TOKEN}`],
    ['the key that signs machine tokens', `Bearer ${env.FETTLE_MACHINE_KEY}`],
  ])('%s opens neither API', async (_, token) => {
    for (const path of ['/api/v1/rpc/projects/list', '/machine/v1/rpc/report']) {
      const answer = await post(path, token, JSON.stringify({ json: report() }));
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({
        json: { code: 'UNAUTHORIZED', data: { retryable: false } },
      });
    }
  });

  test('a machine may not ask what operators ask, nor an operator what machines ask', async () => {
    const machine = await machineToken('demo.web-1.1');
    expect((await post('/api/v1/rpc/projects/list', `Bearer ${machine}`, '{}')).status).toBe(401);
    const { status } = await asOperator('/machine/v1/rpc/report', report());
    expect(status).toBe(401);
  });
});

describe('what is answered to wrong requests', () => {
  test.each([
    [
      'a field that is wrong',
      { project: SECRET.toUpperCase() },
      { field: 'project', expected: expect.stringContaining('lower-case letters') },
    ],
    [
      'a field of another type',
      { project: [SECRET] },
      { field: 'project', expected: expect.stringContaining('string') },
    ],
    ['a field that is missing', {}, { field: 'project' }],
    ['a field too many', { project: 'demo', extra: SECRET }, { field: 'extra' }],
    ['no object at all', SECRET, {}],
  ])('%s is named, and never echoed', async (_, input, data) => {
    const answer = await asOperator('/api/v1/rpc/projects/get', input);
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      json: { code: 'BAD_REQUEST', data: { retryable: false, ...data } },
    });
    expect(text.toLowerCase()).not.toContain(SECRET);
  });

  test('a field name that is absurdly long comes back short', async () => {
    const answer = await asOperator('/api/v1/rpc/projects/get', { project: 'demo', ['k'.repeat(30_000)]: 1 });
    expect(answer.status).toBe(400);
    expect((await answer.text()).length).toBeLessThan(2000);
  });

  test('a nested field is named by its path', async () => {
    const answer = await asOperator('/api/v1/rpc/projects/apply', {
      organization: 'acme',
      project: 'demo',
      slots: ['web-1'],
      template: { ...template, services: [{ ...template.services[0], port: 80 }] },
    });
    expect(await answer.json()).toMatchObject({ json: { data: { field: 'template.services.0.port' } } });
  });

  test('a body that is no JSON is a bad request of ours', async () => {
    const answer = await post(
      '/api/v1/rpc/projects/get',
      `Bearer ${env.FETTLE_OPERATOR_TOKEN}`,
      `{"json": ${SECRET}`,
    );
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ json: { code: 'BAD_REQUEST', data: { retryable: false } } });
    expect(text).not.toContain(SECRET);
  });

  test('a body over the limit is refused, with and without a length', async () => {
    const bytes = JSON.stringify({ json: { project: 'x'.repeat(70_000) } });
    const stream = () => new Response(bytes).body as ReadableStream;
    for (const body of [bytes, stream()]) {
      const answer = await post('/api/v1/rpc/projects/get', `Bearer ${env.FETTLE_OPERATOR_TOKEN}`, body);
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({
        json: { code: 'PAYLOAD_TOO_LARGE', data: { retryable: false } },
      });
    }
    const token = await machineToken('demo.web-1.1');
    const larger = JSON.stringify({ json: 'x'.repeat(256 * 1024) });
    const answer = await post('/machine/v1/rpc/report', `Bearer ${token}`, larger);
    expect(answer.status).toBe(413);
  });

  test.each([
    '/nowhere',
    '/metrics',
    '/api',
    '/api/v1/rpc',
    '/api/v1/rpc/',
    '/api/v1/rpc/projects',
    '/machine/v1/rpc/nope',
    '/s',
    '/s/a',
  ])('%s leads nowhere', async (path) => {
    expect([404, 401]).toContain((await ask(path)).status);
    const signed = await asOperator(path, {});
    expect([404, 401]).toContain(signed.status);
  });

  test('an unknown procedure is not found', async () => {
    const answer = await asOperator('/api/v1/rpc/projects/nope', {});
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ json: { code: 'NOT_FOUND' } });
  });

  test('nothing is done by GET', async () => {
    const headers = { authorization: `Bearer ${env.FETTLE_OPERATOR_TOKEN}` };
    const data = encodeURIComponent(JSON.stringify({ json: { machineId: 'demo.web-1.1' } }));
    const answer = await ask(`/api/v1/rpc/machines/stop?data=${data}`, { headers });
    expect(answer.status).toBe(405);
  });
});

test('what was measured cannot be asked where nobody said how, and the answer says what to set', async () => {
  const answer = await asOperator('/api/v1/rpc/metrics/query', { name: 'latest', project: 'demo' });
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    json: {
      code: 'METRICS_UNAVAILABLE',
      message: expect.stringContaining('FETTLE_ANALYTICS_URL must be set'),
      data: { retryable: true },
    },
  });
});

test('a width of steps is refused for a question that has none, and the answer names the field', async () => {
  const question = { name: 'top-cpu', project: 'demo', stepMs: 60_000 };
  const answer = await asOperator('/api/v1/rpc/metrics/query', question);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    json: { code: 'BAD_REQUEST', data: { field: 'stepMs' }, message: expect.stringContaining('top-cpu') },
  });
});

test.each([
  ['/', 'text/html'],
  ['/status-page.css', 'text/css'],
  ['/status-page.js', 'text/javascript'],
])('%s is for everybody', async (path, type) => {
  const answer = await ask(path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
});

describe('the way to a slot', () => {
  test('leads to the machine behind it', async () => {
    const { project, machineId } = await newMachine();
    expect((await ask(`/s/${project}/web-1/`)).status).toBe(503);
    await reaches(machineId, 'healthy');
    const answer = await untilRouted(project);
    expect(await answer.json()).toMatchObject({ machineId });
    expect((await ask(`/s/${project}/web-9/`)).status).toBe(404);
    expect((await ask(`/s/nothing/web-1/`)).status).toBe(404);
  });

  test('gives a visitor no way to the supervisor, and passes on no token of theirs', async () => {
    const { project, machineId } = await newMachine();
    await reaches(machineId, 'healthy');
    await untilRouted(project);
    const sign = commandSigner(env, { machineId, port: 'pidnap' });
    const path = '/rpc/v1/list';
    const signed = await sign({ method: 'POST', path, body: new TextEncoder().encode('{}') });
    const headers = {
      authorization: 'Bearer of-a-visitor',
      'x-fettle-machine-authorization': signed,
    };
    for (const path of ['/../pidnap/rpc/v1/list', '/%2e%2e/pidnap/rpc/v1/list', '/..%2fpidnap/rpc/v1/list']) {
      const answer = await ask(`/s/${project}/web-1${path}`, { method: 'POST', headers, body: '{}' });
      expect(await answer.text()).not.toContain('definition');
    }
  });

  async function untilRouted(project: string): Promise<Response> {
    for (;;) {
      const answer = await ask(`/s/${project}/web-1/healthz`);
      if (answer.status === 200) return answer;
      await answer.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

test('a project of one organization is not taken over by another', async () => {
  const project = `owned-${crypto.randomUUID().slice(0, 8)}`;
  const api = operator();
  await api.projects.apply({ organization: 'acme', project, slots: ['web-1'], template });
  await expect(
    api.projects.apply({ organization: 'rival', project, slots: ['web-1'], template }),
  ).rejects.toMatchObject({ code: 'CONFLICT', status: 409 });
  expect(await api.projects.list()).toContainEqual({ organization: 'acme', project });
  expect(await api.projects.list()).not.toContainEqual({ organization: 'rival', project });
});
