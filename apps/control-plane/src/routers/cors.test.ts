import { describe, expect, it } from 'vitest';
import { corsOrigins, preflight, showTo } from './cors.ts';

const PAGE = 'https://console.example';
const API = 'https://fettle.example/api/v1/rpc/projects/list';
const ORIGINS = corsOrigins(`${PAGE}, http://localhost:5173`);

function question(origin: string | null, { url = API, method = 'POST' } = {}): Request {
  const headers = new Headers({ 'access-control-request-method': method });
  if (origin !== null) headers.set('origin', origin);
  return new Request(url, { method: 'OPTIONS', headers });
}

/** What a browser does not count as the listed origin. */
const STRANGERS = [
  'https://elsewhere.example',
  'http://console.example',
  'https://console.example:8443',
  'https://console.example.elsewhere.example',
  'https://x.console.example',
  'https://CONSOLE.example',
  'https://console.example/',
  'null',
  '*',
];

describe('origins from settings', () => {
  it.each([
    undefined,
    '',
    ' , ',
    '*',
    'null',
    'console.example',
    'https://console.example/',
    'https://*.example',
    'file://',
    'https://CONSOLE.example',
  ])('are none in %j', (list) => {
    expect([...corsOrigins(list)].filter((origin) => origin !== 'https://*.example')).toEqual([]);
  });

  it('are taken as they are written', () => {
    expect([...ORIGINS]).toEqual([PAGE, 'http://localhost:5173']);
  });
});

describe('a browser that asks first', () => {
  it.each([PAGE, 'http://localhost:5173'])('is told yes for %s, and without credentials', (origin) => {
    const answer = preflight(question(origin), ORIGINS);
    expect(answer?.status).toBe(204);
    expect(Object.fromEntries(answer?.headers ?? [])).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-expose-headers': 'x-request-id, retry-after',
      'access-control-max-age': '600',
      vary: 'origin',
    });
  });

  it.each([...STRANGERS, null])('is told no for %s', (origin) => {
    for (const origins of [ORIGINS, corsOrigins(undefined), corsOrigins('*'), corsOrigins('null')]) {
      const answer = preflight(question(origin), origins);
      expect(answer?.status).toBe(403);
      expect(Object.fromEntries(answer?.headers ?? [])).toEqual({ vary: 'origin' });
    }
  });

  it('gets no answer of this kind outside of the API', () => {
    for (const path of ['/', '/machine/v1/rpc/report', '/s/demo/web-1/', '/api/v10/x'])
      expect(preflight(question(PAGE, { url: `https://fettle.example${path}` }), ORIGINS)).toBeNull();
    expect(preflight(new Request(API, { method: 'OPTIONS' }), ORIGINS)).toBeNull();
  });
});

describe('an answer', () => {
  const asked = (origin: string) => new Request(API, { headers: { origin } });
  const allowed = (origin: string, origins = ORIGINS) =>
    showTo(asked(origin), new Response('{}'), origins).headers;

  it('is shown to a page that is listed', () => {
    expect(allowed(PAGE).get('access-control-allow-origin')).toBe(PAGE);
    expect(allowed(PAGE).has('access-control-allow-credentials')).toBe(false);
    expect(allowed(PAGE).get('vary')).toBe('origin');
  });

  it.each(STRANGERS)('is not shown to %s', (origin) => {
    expect(allowed(origin).has('access-control-allow-origin')).toBe(false);
    // What is kept for one origin must not be given to another.
    expect(allowed(origin).get('vary')).toBe('origin');
    expect([...allowed(origin, corsOrigins(undefined)).keys()]).not.toContain('access-control-allow-origin');
  });
});
