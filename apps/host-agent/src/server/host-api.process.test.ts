import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answering,
  ended,
  HOST_TOKEN,
  makePlace,
  startHost,
  type HostProcess,
  type Place,
} from '../../test/host-process.ts';
import { order } from '../../test/orders.ts';

let place: Place;
let host: HostProcess;
const machineId = 'demo.web-1.1';

beforeAll(async () => {
  place = await makePlace();
  host = await startHost({ place, backend: 'process' });
  await ended(host, machineId, await host.client.machines.create(order()));
  await answering(host, machineId);
});
afterAll(async () => {
  await host.end('SIGTERM');
  await place.clean();
});

function post(
  path: string,
  body: string,
  authorization: string | undefined = `Bearer ${HOST_TOKEN}`,
): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    ...(authorization === undefined ? {} : { authorization }),
  };
  return fetch(`${host.ready.apiUrl}${path}`, { method: 'POST', headers, body });
}

describe('the host API', () => {
  it.each(['', 'Bearer', 'Bearer wrong', `Basic ${HOST_TOKEN}`, `Bearer ${HOST_TOKEN}x`])(
    'refuses the authorization "%s", for commands and for machines',
    async (authorization) => {
      for (const path of ['/rpc/host/info', `/machines/${machineId}/ports/web/facts`]) {
        const response = await post(path, '{}', authorization);
        expect(response.status).toBe(401);
        expect(await response.json()).toMatchObject({ json: { code: 'UNAUTHORIZED', defined: true } });
      }
    },
  );

  it('is not there for anybody on the network', async () => {
    const { address } = Object.values((await import('node:os')).networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4') ?? { address: undefined };
    if (address === undefined) return;
    const url = `http://${address}:${host.ready.apiPort}/rpc/host/info`;
    await expect(fetch(url, { signal: AbortSignal.timeout(3_000) })).rejects.toThrow();
  });

  it('names the field that is wrong and what was expected, and never repeats input', async () => {
    const secret = 'hunter2-hunter2-hunter2';
    const wrong = {
      ...order({ slot: 'other' }),
      bootstrap: secret,
      commandKeys: ['short'],
    };
    const response = await post('/rpc/machines/create', JSON.stringify({ json: wrong }));
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      json: {
        code: 'BAD_REQUEST',
        defined: true,
        data: { field: 'commandKeys.0', retryable: false },
      },
    });
    expect(text).not.toContain(secret);
    expect(text).not.toContain('short');
    expect(text.length).toBeLessThan(400);
  });

  it('says what it expected in the words of the schema', async () => {
    const refused = host.client.machines.inspect({ machineId: 'Not A Machine' });
    await expect(refused).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      data: {
        field: 'machineId',
        expected: 'expected <project>.<slot>.<generation>, for example demo.web-1.1',
      },
    });
  });

  it('survives garbage', async () => {
    for (const body of ['', '{', '[]', '{"json":', '\u0000']) {
      const response = await post('/rpc/machines/inspect', body);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain('SyntaxError');
    }
    expect((await post('/nowhere', '{}')).status).toBe(404);
    expect((await host.client.host.info()).hostId).toBe(place.hostId);
  });

  it.each<[string, string, unknown]>([
    ['a prototype', 'inspect', '{"json":{"__proto__":{"machineId":"demo.web-1.1"}}}'],
    ['a field that nobody knows', 'inspect', { machineId, extra: 1 }],
    ['an id that leads out', 'inspect', { machineId: '../../etc/passwd' }],
    ['an id with a zero byte', 'inspect', { machineId: 'demo.web-1.1\0' }],
    ['an id that is an object', 'inspect', { machineId: { toString: 'demo.web-1.1' } }],
    ['an id of a megabyte', 'inspect', { machineId: 'x'.repeat(1_000_000) }],
    ['a program that is none', 'exec', { machineId, command: [], timeoutMs: 1000 }],
    ['arguments that are no texts', 'exec', { machineId, command: ['node', null], timeoutMs: 1000 }],
    ['a time that never ends', 'exec', { machineId, command: ['node'], timeoutMs: 1e308 }],
    ['lines that cannot be counted', 'logs', { machineId, tail: -1 }],
    ['lines that are no number', 'logs', { machineId, tail: 'NaN' }],
    ['an action without an id', 'stop', { machineId, action: { sequence: 1 } }],
    ['a sequence that is no whole number', 'stop', { machineId, action: { id: 'a', sequence: 1.5 } }],
    ['a copy that leads out', 'create', { ...order({ slot: 'x' }), restoreCopyId: '../../other' }],
    ['an image that leads out', 'create', { ...order({ slot: 'x' }), image: '../../../bin/sh' }],
    ['no token for its first start', 'create', { ...order({ slot: 'x' }), bootstrap: '' }],
    ['a token without end', 'create', { ...order({ slot: 'x' }), bootstrap: 'x'.repeat(3000) }],
    ['keys that are none', 'create', { ...order({ slot: 'x' }), commandKeys: ['x'.repeat(43), '$'] }],
    ['a depth that never ends', 'inspect', `{"json":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    [
      'a type of oRPC that is not asked for',
      'inspect',
      '{"json":{"machineId":"1"},"meta":[[0,"machineId"]]}',
    ],
    ['places that are not there', 'inspect', '{"json":{},"meta":[[0,"__proto__","x"]]}'],
  ])('refuses %s as bad input, unharmed and without repeating it', async (_, verb, input) => {
    const body = typeof input === 'string' ? input : JSON.stringify({ json: input });
    const response = await post(`/rpc/machines/${verb}`, body);
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text.length).toBeLessThan(600);
    expect(text).not.toMatch(/etc\/passwd|bin\/sh|TypeError|node_modules|xxxx/);
    expect((await host.client.machines.list()).map((one) => one.machineId)).toEqual([machineId]);
  });

  it.each([
    '/rpc/machines',
    '/rpc/__proto__/x',
    '/rpc/machines/constructor',
    '/rpc//machines/list',
    '/%2e%2e/rpc',
    '/',
  ])('has nothing at %s', async (path) => {
    expect((await post(path, '{}')).status).toBe(404);
  });

  it('refuses a body beyond its limit, announced or not', async () => {
    const large = 'x'.repeat(2 * 1024 ** 2);
    expect((await post('/rpc/machines/inspect', large)).status).toBe(413);
    const status = await new Promise<number>((resolve, reject) => {
      const chunked = httpRequest(`${host.ready.apiUrl}/rpc/machines/inspect`, {
        method: 'POST',
        headers: { authorization: `Bearer ${HOST_TOKEN}`, 'content-type': 'application/json' },
      });
      chunked.on('response', (response) => resolve(response.statusCode ?? 0));
      chunked.on('error', reject);
      chunked.end(large);
    });
    expect(status).toBe(413);
  });
});

describe('the way to a machine', () => {
  it("passes method, path, query and body on, with the machine's token instead of the host's", async () => {
    const response = await host.fetchMachine(machineId, 'daemon', '/echo?a=b%20c&d', {
      method: 'POST',
      headers: {
        'x-fettle-machine-authorization': 'Fettle-Signature v1',
        'x-own': '1',
        connection: 'x-dropped',
      },
      body: 'hello',
    });
    const echo = (await response.json()) as { headers: Record<string, string> };
    expect(echo).toMatchObject({ name: 'daemon', method: 'POST', url: '/echo?a=b%20c&d', body: 'hello' });
    expect(echo.headers).toMatchObject({ authorization: 'Fettle-Signature v1', 'x-own': '1' });
    expect(JSON.stringify(echo.headers)).not.toContain(HOST_TOKEN);
    expect(echo.headers).not.toHaveProperty('x-fettle-machine-authorization');
  });

  it('shows the machine no token when none was meant for it', async () => {
    const response = await host.fetchMachine(machineId, 'web', '/echo');
    const { headers } = (await response.json()) as { headers: Record<string, string> };
    expect(headers).not.toHaveProperty('authorization');
  });

  it('hands out an answer while the machine is still writing it', async () => {
    const response = await host.fetchMachine(machineId, 'web', '/stream');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('first\n');
    await host.fetchMachine(machineId, 'web', '/more');
    expect((await reader.read()).value).toBe('second\n');
    expect((await reader.read()).done).toBe(true);
  });

  it("leaves the machine's own errors alone and marks those that are its own", async () => {
    const own = await host.fetchMachine(machineId, 'web', '/nothing-there');
    expect(own.status).toBe(404);
    expect(own.headers.has('x-fettle-error')).toBe(false);
    expect(await own.json()).toEqual({ from: 'machine' });

    const noPort = await host.fetchMachine(machineId, 'nobody', '/facts');
    expect([noPort.status, noPort.headers.get('x-fettle-error')]).toEqual([404, 'SERVICE_NOT_FOUND']);
    const noMachine = await host.fetchMachine('demo.web-9.1', 'web', '/facts');
    expect([noMachine.status, noMachine.headers.get('x-fettle-error')]).toEqual([404, 'MACHINE_NOT_FOUND']);
    const broken = await host.fetchMachine(machineId, 'web', '/break');
    expect([broken.status, broken.headers.get('x-fettle-error')]).toEqual([502, 'MACHINE_UNREACHABLE']);
  });

  it('gives a machine that keeps silent up', async () => {
    const silent = await host.fetchMachine(machineId, 'web', '/hang');
    expect(silent.status).toBe(504);
    expect(await silent.json()).toMatchObject({
      json: { code: 'DEADLINE_EXCEEDED', data: { retryable: true } },
    });
  });
});
