import { describe, expect, it } from 'vitest';
import { headersFromService, headersToService } from './slot-headers.ts';

const BELOW = '/s/demo/web-1/';
const from = (headers: HeadersInit, shared = true) =>
  headersFromService(new Headers(headers), { below: BELOW, shared });

describe('on the way to a service', () => {
  it('goes what the visitor says, and nothing that is ours or of the connection', () => {
    const headers = headersToService(
      new Headers({
        accept: 'text/html',
        authorization: 'Bearer of-an-operator',
        'cf-access-jwt-assertion': 'who they are',
        'cf-connecting-ip': '192.0.2.1',
        connection: 'keep-alive, x-own',
        'fly-force-instance-id': 'another',
        'keep-alive': 'timeout=5',
        te: 'trailers',
        'transfer-encoding': 'chunked',
        upgrade: 'websocket',
        'x-daytona-preview-token': 'guessed',
        'x-fettle-machine-authorization': 'forged',
        'x-own': '1',
        'x-theirs': '2',
      }),
    );
    expect(Object.fromEntries(headers)).toEqual({ accept: 'text/html', 'x-theirs': '2' });
  });

  it('go the cookies of the service, and none by which Cloudflare knows the visitor', () => {
    const cookie = 'session=1; CF_Authorization=jwt; __cf_bm=x; theme=dark; cf_clearance=y; CF_AppSession=z';
    expect(headersToService(new Headers({ cookie })).get('cookie')).toBe('session=1; theme=dark');
    expect(headersToService(new Headers({ cookie: 'CF_Authorization=jwt' })).has('cookie')).toBe(false);
  });
});

describe('on the way back', () => {
  it('a page on our origin is put into an origin of its own, beside whatever it says itself', () => {
    const policy = from({ 'content-security-policy': "script-src 'self'" }).get('content-security-policy');
    expect(policy).toMatch(/^script-src 'self', sandbox /);
    expect(policy).not.toContain('allow-same-origin');
    expect(from({}).get('content-security-policy')).toMatch(/^sandbox /);
  });

  it('a page on a host for slots keeps its origin', () => {
    expect(from({ 'content-type': 'text/html' }, false).has('content-security-policy')).toBe(false);
  });

  it.each([true, false])('nothing is said for all of the origin, shared with us: %s', (shared) => {
    const headers = from(
      {
        'alt-svc': 'h3=":443"',
        'clear-site-data': '"*"',
        'content-type': 'text/html',
        nel: '{}',
        'report-to': '{}',
        'service-worker-allowed': '/',
        'strict-transport-security': 'max-age=0',
        'transfer-encoding': 'chunked',
        'x-fettle-host-error': 'MACHINE_NOT_FOUND',
      },
      shared,
    );
    headers.delete('content-security-policy');
    expect(Object.fromEntries(headers)).toEqual({
      'content-type': 'text/html',
      'strict-transport-security': 'max-age=31536000',
    });
  });

  it.each([
    ['a=1', 'a=1; Path=/s/demo/web-1/'],
    ['a=1; Path=/', 'a=1; Path=/s/demo/web-1/'],
    ['a=1; Domain=fettle.example; HttpOnly; path=/api', 'a=1; HttpOnly; Path=/s/demo/web-1/'],
    ['a=1; Path=/s/demo/web-1/admin; Secure', 'a=1; Secure; Path=/s/demo/web-1/admin'],
    ['a=1; Path=/s/demo/web-1/../web-2/', 'a=1; Path=/s/demo/web-1/'],
    ['a=1; Path=/s/demo/web-10/', 'a=1; Path=/s/demo/web-1/'],
    ['a=1; Path=/s/demo/web-1/; PATH = /', 'a=1; Path=/s/demo/web-1/'],
    ['a=1; DOMAIN = .example; SameSite=Lax', 'a=1; SameSite=Lax; Path=/s/demo/web-1/'],
  ])('the cookie %s reaches no further than the slot', (cookie, expected) => {
    expect(from([['set-cookie', cookie]]).getSetCookie()).toEqual([expected]);
  });

  it('every cookie comes through', () => {
    const headers = from([
      ['set-cookie', 'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
      ['set-cookie', 'b=2'],
    ]);
    expect(headers.getSetCookie()).toEqual([
      'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/s/demo/web-1/',
      'b=2; Path=/s/demo/web-1/',
    ]);
  });
});
