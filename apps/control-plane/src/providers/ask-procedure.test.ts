import { expect, test } from 'vitest';
import { askProcedure } from './ask-procedure.ts';
import { asProviderError } from './provider-failure.ts';

const ask = (response: Response | Error, seen: { url?: string; init?: RequestInit } = {}) =>
  askProcedure<{ fine: boolean }>({
    url: 'http://host/rpc/machines/inspect',
    token: 'secret',
    input: { machineId: 'demo.web-1.1' },
    signal: new AbortController().signal,
    fetch: async (url, init) => {
      Object.assign(seen, { url, init });
      if (response instanceof Error) throw response;
      return response;
    },
  });

test('asks as the generated client does, and gives the answer', async () => {
  const seen: { init?: RequestInit } = {};
  expect(await ask(Response.json({ json: { fine: true } }), seen)).toEqual({ fine: true });
  expect(seen).toMatchObject({
    url: 'http://host/rpc/machines/inspect',
    init: {
      method: 'POST',
      headers: { authorization: 'Bearer secret' },
      body: '{"json":{"machineId":"demo.web-1.1"}}',
    },
  });
});

test('an error keeps its code and what it says of a repeat', async () => {
  const body = { json: { code: 'DISK_FULL', message: 'slowly', data: { retryable: true } } };
  await expect(ask(Response.json(body, { status: 507 })).catch(asProviderError)).resolves.toMatchObject({
    code: 'DISK_FULL',
    message: 'slowly',
    retryable: true,
  });
});

test.each(['<html>bad gateway</html>', '{"json":null}', '[]', 'null'])(
  'an answer of somebody in between is a failure of the provider: %s',
  async (text) => {
    await expect(ask(new Response(text, { status: 502 })).catch(asProviderError)).resolves.toMatchObject({
      code: 'PROVIDER_FAILED',
      retryable: true,
    });
  },
);

test.each(['<html>sign in</html>', '{}', '{"json":null}', 'null'])(
  'so is one that claims to be an answer and holds none: %s',
  async (text) => {
    await expect(ask(new Response(text)).catch(asProviderError)).resolves.toMatchObject({
      code: 'PROVIDER_FAILED',
      retryable: true,
    });
  },
);

test('silence stays what it is', async () => {
  const broken = ask(new TypeError('connection refused')).catch(asProviderError);
  await expect(broken).resolves.toMatchObject({ code: 'HOST_UNREACHABLE' });
});
