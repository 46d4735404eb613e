import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { forward } from './forward.ts';
import { closeServer, listen } from './listen.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(closeServer));
});

async function serverOf(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  return listen(server, 0, '127.0.0.1');
}

/** A forwarder to `port` with short deadlines; answers with its own address. */
async function forwarder(
  port: number,
  overrides: Partial<Parameters<typeof forward>[0]> = {},
): Promise<string> {
  const own = await serverOf((request, response) => {
    void forward({
      request,
      response,
      target: new URL(`http://127.0.0.1:${port}${request.url}`),
      headers: { 'content-type': 'text/plain' },
      headersWithinMs: 5_000,
      silenceMs: 5_000,
      maxBodyBytes: 1000,
      unreachable: 'HOST_UNREACHABLE',
      ...overrides,
    });
  });
  return `http://127.0.0.1:${own}`;
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

it('answers with the code of whoever did not answer', async () => {
  const unused = await serverOf(() => undefined);
  await closeServer(servers[0]!);
  const response = await fetch(await forwarder(unused));
  expect([response.status, response.headers.get('x-fettle-error')]).toEqual([503, 'HOST_UNREACHABLE']);
});

it('lets no target pass its own answer off as an error of the host', async () => {
  const liar = await serverOf((_request, response) => {
    response.writeHead(200, { 'x-fettle-error': 'HOST_UNREACHABLE' }).end('fine');
  });
  const response = await fetch(await forwarder(liar));
  expect([response.status, response.headers.has('x-fettle-error')]).toEqual([200, false]);
});

it('gives up a target that sends no headers', async () => {
  const silent = await serverOf(() => undefined);
  const response = await fetch(await forwarder(silent, { headersWithinMs: 100 }));
  expect(response.status).toBe(504);
});

it('breaks an answer off when the target falls silent within it', async () => {
  const stuck = await serverOf((_request, response) => void response.write('half'));
  const response = await fetch(await forwarder(stuck, { silenceMs: 100 }));
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
});

it('breaks an answer off when the target does', async () => {
  const breaking = await serverOf((_request, response) => {
    response.write('half', () => response.destroy());
  });
  const response = await fetch(await forwarder(breaking));
  await expect(response.text()).rejects.toThrow();
});

it('refuses a body that is too large and passes one that just fits', async () => {
  const echo = await serverOf((request, response) => {
    void readAll(request).then(
      (text) => response.end(String(text.length)),
      () => response.destroy(),
    );
  });
  const url = await forwarder(echo);
  const fits = await fetch(url, { method: 'POST', body: 'x'.repeat(1000) });
  expect(await fits.text()).toBe('1000');
  const large = await fetch(url, { method: 'POST', body: 'x'.repeat(1001) });
  expect([large.status, large.headers.get('x-fettle-error')]).toEqual([400, 'BAD_REQUEST']);
});

it('lets the target go when the caller goes away', async () => {
  const gone = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const target = await serverOf((request) => {
    asked.resolve();
    void once(request.socket, 'close').then(() => gone.resolve());
  });
  const caller = new AbortController();
  const answer = fetch(await forwarder(target), { signal: caller.signal });
  await asked.promise;
  caller.abort();
  await expect(answer).rejects.toThrow();
  await gone.promise;
});
