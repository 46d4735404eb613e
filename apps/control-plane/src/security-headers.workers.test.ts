import { env as testEnv } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { ask } from '../test/in-workerd.ts';
import type { Env } from './env.ts';
import worker from './worker.ts';

/** A request to a worker with other settings. */
function askWith(settings: Partial<Env>, url: string, init?: RequestInit): Promise<Response> {
  const env = { ...(testEnv as unknown as Env), ...settings };
  const execution = { waitUntil: () => undefined, passThroughOnException: () => undefined };
  return worker.fetch(
    new Request(url, init) as Parameters<typeof worker.fetch>[0],
    env,
    execution as unknown as ExecutionContext,
  );
}

test.each([
  '/',
  '/status-page.js',
  '/healthz',
  '/nothing-here',
  '/api/v1/rpc/projects/list',
  '/api/v1/projects',
  '/machine/v1/rpc/report',
  '/machine/v1/credentials/renew',
  '/s/no-such-project/web-1/',
  '/s/',
])('%s is answered so that a browser does nothing with it but what it is for', async (path) => {
  const { headers } = await ask(path, { headers: { origin: 'https://elsewhere.example' } });
  expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*/);
  expect(headers.get('cache-control')).toContain('no-store');
  expect(headers.has('access-control-allow-origin')).toBe(false);
});

test('pages of other origins read the API where settings name them, and only then', async () => {
  const url = 'https://fettle.example/api/v1/rpc/tokens/whoami';
  const origin = 'https://console.example';
  const init = { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } };
  expect((await askWith({ FETTLE_CORS_ORIGINS: origin }, url, init)).status).toBe(204);
  expect((await askWith({}, url, init)).status).toBe(403);
  const refused = await askWith({ FETTLE_CORS_ORIGINS: origin }, url, {
    method: 'POST',
    headers: { origin },
  });
  // A page may read why it was refused.
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
});

describe('slots with a host of their own', () => {
  const own = { FETTLE_SLOTS_HOST: 'slots.example' };

  test('are served there, and nothing else is', async () => {
    for (const path of [
      '/',
      '/healthz',
      '/status-page.js',
      '/api/v1/rpc/projects/list',
      '/machine/v1/rpc/report',
    ]) {
      const answer = await askWith(own, `https://slots.example${path}`);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.text()).toBe('There is no such slot\n');
    }
  });

  test('are served nowhere else', async () => {
    const answer = await askWith(own, 'https://fettle.example/s/demo/web-1/');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ json: { code: 'NOT_FOUND' } });
  });
});
