import { createORPCClient, type NestedClient } from '@orpc/client';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNodeLink } from './node-link.ts';
import { retryAfterMs } from './retry-after.ts';
import { withDeadline } from './with-deadline.ts';

type Ask = (input?: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>;

let server: Server;
/** What came: path, authorization, body. */
let asked: { path: string; token: string | undefined; body: string }[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    asked.push({ path: request.url ?? '', token: request.headers.authorization, body });
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function client(): { machine: { ask: Ask } } {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/base/rpc/`;
  const link = createNodeLink({ url, token: 'secret', maxAnswerBytes: 1000 });
  return createORPCClient<NestedClient<object>>(link) as never;
}

function says(body: string, { status = 200, type = 'application/json' } = {}): void {
  answer = (response) => response.writeHead(status, { 'content-type': type }).end(body);
}

async function collect(stream: unknown): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of stream as AsyncIterable<unknown>) values.push(value);
  return values;
}

describe('a call', () => {
  test('goes to the path of its procedure, with the token, and brings the result', async () => {
    says('{"json":{"ok":true},"meta":[]}');
    expect(await client().machine.ask({ a: 'ü' })).toEqual({ ok: true });
    expect(asked).toEqual([
      { path: '/base/rpc/machine/ask', token: 'Bearer secret', body: '{"json":{"a":"ü"}}' },
    ]);
  });

  test('fails with the other side’s own error', async () => {
    says('{"json":{"defined":true,"code":"RETIRED","status":410,"message":"gone"}}', { status: 410 });
    await expect(client().machine.ask()).rejects.toMatchObject({ code: 'RETIRED', status: 410 });
  });

  test.each([
    ['a page of a proxy', '<h1>Bad gateway</h1>', 502, { code: 'UNEXPECTED_ANSWER', status: 502 }],
    ['another error than ours', '{"json":{"oops":1}}', 400, { code: 'UNEXPECTED_ANSWER', status: 400 }],
    ['a redirect', '', 302, { code: 'UNEXPECTED_ANSWER' }],
    ['no JSON', '<h1>Hello</h1>', 200, { name: 'SyntaxError' }],
    ['JSON of another form', '[1]', 200, { message: 'The answer is not in the RPC format' }],
    ['types beyond JSON', '{"json":"1","meta":[[0]]}', 200, { message: /types that JSON does not have/ }],
    ['more than it may', `{"json":"${'x'.repeat(1000)}"}`, 200, { message: /longer than 1000/ }],
  ])('fails when it is answered with %s', async (_, body, status, expected) => {
    says(body, { status });
    const error = await client()
      .machine.ask()
      .catch((one: unknown) => one);
    if ('message' in expected && expected.message instanceof RegExp)
      expect(String(error)).toMatch(expected.message);
    else expect(error).toMatchObject(expected);
  });

  test.each([
    ['7', 7000],
    ['999999', 600_000],
    ['Thu, 01 Jan 2026 00:00:00 GMT', undefined],
    ['-1', undefined],
  ])('tells how long an answer asks to be waited: %s', async (header, expected) => {
    const error = { defined: true, code: 'TOO_MANY_REQUESTS', status: 429, message: 'no' };
    answer = (response) =>
      response
        .writeHead(429, { 'content-type': 'application/json', 'retry-after': header })
        .end(JSON.stringify({ json: error }));
    const failure: unknown = await client()
      .machine.ask()
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(retryAfterMs(failure)).toBe(expected);
  });

  test('ends at its deadline, and says so', async () => {
    answer = () => undefined;
    const call = withDeadline(50, (signal) => client().machine.ask({}, { signal }));
    await expect(call).rejects.toMatchObject({ cause: { name: 'TimeoutError' } });
  });
});

describe('a stream', () => {
  const EVENT = 'event: message\ndata: {"json":1}\n\n';

  test('brings its values until it is done, however it is cut into pieces', async () => {
    const text = `: \n\n${EVENT}event: message\nid: 7\ndata: {"json":"ü"}\n\nevent: done\n\n`;
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
      response.end();
    };
    expect(await collect(await client().machine.ask())).toEqual([1, 'ü']);
  });

  test.each([
    ['ends in the middle', EVENT, /ended in the middle/],
    [
      'fails',
      `${EVENT}event: error\ndata: {"json":{"defined":false,"code":"X","status":500,"message":"broke"}}\n\n`,
      /broke/,
    ],
    ['has an event that is too long', `data: ${'x'.repeat(1001)}`, /longer than 1000/],
  ])('that %s is an error', async (_, body, expected) => {
    says(body, { type: 'text/event-stream' });
    const stream = await client().machine.ask();
    await expect(collect(stream)).rejects.toThrow(expected);
  });

  test('that nobody reads any more is closed', async () => {
    const closed = new Promise<void>((resolve) => {
      answer = (response) => {
        response.on('close', resolve);
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(EVENT);
      };
    });
    for await (const value of (await client().machine.ask()) as AsyncIterable<unknown>) {
      expect(value).toBe(1);
      break;
    }
    await closed;
  });
});
