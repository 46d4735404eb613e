import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { onlyOrigin } from './allow-target.ts';
import { fetchOutside, OutgoingRefused, type OutgoingLimits } from './fetch-outside.ts';

let close = () => Promise.resolve();
afterEach(() => close());

/** A server on this computer, and the limits of whoever may ask it. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const limits: OutgoingLimits = { allow: onlyOrigin(url), timeoutMs: 5000, maxBytes: 1000 };
  return { url, asked, limits };
}

it('sends nothing where it is not allowed to', async () => {
  const { url, asked, limits } = await serve((_request, response) => response.end('ok'));
  const elsewhere = { ...limits, allow: onlyOrigin('http://127.0.0.1:1') };
  await expect(fetchOutside(`${url}/a`, {}, elsewhere)).rejects.toBeInstanceOf(OutgoingRefused);
  await expect(fetchOutside(new Request(`${url}/b`), {}, elsewhere)).rejects.toThrow(
    'The address is not https',
  );
  expect(asked).toEqual([]);
  expect(await (await fetchOutside(`${url}/c`, {}, limits)).text()).toBe('ok');
});

it('follows no redirect, whatever it is asked', async () => {
  const { url, asked, limits } = await serve((_request, response) =>
    response.writeHead(302, { location: '/secret' }).end(),
  );
  const response = await fetchOutside(`${url}/a`, { redirect: 'follow' }, limits);
  expect(response.status).toBe(302);
  expect(asked).toEqual(['/a']);
});

it.each([
  ['says so', { 'content-length': '1001' }],
  ['does not', {}],
])('takes no answer that is too long, where it %s', async (_what, headers) => {
  const { url, limits } = await serve((_request, response) => {
    response.writeHead(200, headers);
    response.write('x'.repeat(600));
    response.end('x'.repeat(401));
  });
  const read = async () => (await fetchOutside(url, {}, limits)).text();
  await expect(read()).rejects.toThrow('The answer is longer than it may be');
});

it('takes one that is just short enough, with its status and headers', async () => {
  const { url, limits } = await serve((_request, response) => {
    response.writeHead(418, { 'x-own': '1' });
    response.end('x'.repeat(1000));
  });
  const response = await fetchOutside(url, {}, limits);
  expect([response.status, response.headers.get('x-own')]).toEqual([418, '1']);
  expect((await response.text()).length).toBe(1000);
});

it('waits no longer than it may, neither for an answer nor for its end', async () => {
  const { url, limits } = await serve((request, response) => {
    // Never ends.
    if (request.url === '/begun') response.write('x');
  });
  const brief = { ...limits, timeoutMs: 100 };
  await expect(fetchOutside(`${url}/silent`, {}, brief)).rejects.toMatchObject({ name: 'TimeoutError' });
  const begun = await fetchOutside(`${url}/begun`, {}, brief);
  await expect(begun.text()).rejects.toMatchObject({ name: 'TimeoutError' });
});

it('gives up when whoever asked does', async () => {
  const controller = new AbortController();
  const { url, limits } = await serve(() => controller.abort(new Error('enough')));
  const asking = fetchOutside(new Request(url, { signal: controller.signal }), {}, limits);
  await expect(asking).rejects.toThrow('enough');
});

it('hands an answer without a limit on as it comes', async () => {
  const { url, limits } = await serve((_request, response) => response.end('x'.repeat(5000)));
  const response = await fetchOutside(url, {}, { ...limits, maxBytes: null });
  expect((await response.text()).length).toBe(5000);
});
