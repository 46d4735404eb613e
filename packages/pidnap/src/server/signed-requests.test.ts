import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { authorize, makeCommandKeys, type SignOptions } from '../client/command-signer.ts';
import { SIGNATURE_WINDOW_MS } from '../signature.ts';
import { createSignedRequestCheck, type SignedRequestRules } from './signed-requests.ts';

const T0 = 1_780_000_000_000;
const AUDIENCE = 'demo.web-1.1/pidnap';
const ours = makeCommandKeys();
const strangers = makeCommandKeys();

let now = T0;
let refused: string[] = [];
beforeEach(() => {
  now = T0;
  refused = [];
});

interface Sent {
  method?: string;
  path?: string;
  body?: string;
  headers?: Record<string, string>;
}

/** A request as Node hands it over; `signed`: what its signature was made of, where that is something else. */
function request(sent: Sent = {}, signed: Sent & Partial<SignOptions> & { by?: typeof ours } = {}) {
  const { method = 'POST', path = '/rpc/v1/stop', body = '{"json":{"name":"web"}}' } = sent;
  const { by = ours, audience = AUDIENCE, issuedAt = T0, id } = signed;
  const text = { method: signed.method ?? method, path: signed.path ?? path };
  const authorization = authorize(
    by,
    { ...text, body: Buffer.from(signed.body ?? body) },
    { audience, issuedAt, ...(id !== undefined && { id }) },
  );
  const stream = Readable.from([Buffer.from(body)], { objectMode: false });
  return Object.assign(stream, {
    method,
    url: path,
    headers: { authorization, ...sent.headers },
  }) as unknown as IncomingMessage;
}

function check(rules: Partial<SignedRequestRules> = {}) {
  return createSignedRequestCheck({
    audience: AUDIENCE,
    keys: () => [ours.publicKey],
    maxBodyBytes: 1000,
    onRefused: (why) => refused.push(why),
    now: () => now,
    ...rules,
  });
}

describe('a request that is signed for this receiver', () => {
  it('is taken, with the body that was signed', async () => {
    const outcome = await check()(request());
    expect('body' in outcome && outcome.body.toString()).toBe('{"json":{"name":"web"}}');
  });

  it('may have no body', async () => {
    expect(await check()(request({ method: 'GET', body: '' }))).toEqual({ body: Buffer.alloc(0) });
  });

  it('is taken once, and again by nobody', async () => {
    const taking = check();
    const id = 'the-id-of-one-request';
    expect(await taking(request({}, { id }))).toHaveProperty('body');
    expect(await taking(request({}, { id }))).toMatchObject({ refusal: { code: 'UNAUTHORIZED' } });
    expect(refused).toEqual(['it came before']);
  });

  it('is taken under the earlier key as long as that is told', async () => {
    const keys = [strangers.publicKey, ours.publicKey];
    const taking = check({ keys: () => keys });
    expect(await taking(request())).toHaveProperty('body');
    keys.pop();
    expect(await taking(request())).toMatchObject({ refusal: { code: 'UNAUTHORIZED' } });
  });

  it('is taken under a key that is only learned of because of it', async () => {
    let keys = [strangers.publicKey];
    const taking = check({ keys: () => keys, renewKeys: async () => void (keys = [ours.publicKey]) });
    expect(await taking(request())).toHaveProperty('body');
  });
});

describe('what is refused', () => {
  it.each<[string, Parameters<typeof request>, string]>([
    [
      'another body',
      [{ body: '{"json":{"name":"db"}}' }, { body: '{}' }],
      'the signature is not of this request',
    ],
    [
      'another path',
      [{ path: '/rpc/v1/signal' }, { path: '/rpc/v1/stop' }],
      'the signature is not of this request',
    ],
    [
      'another query',
      [{ path: '/rpc/v1/stop?a=1' }, { path: '/rpc/v1/stop' }],
      'the signature is not of this request',
    ],
    ['another method', [{ method: 'PUT' }, { method: 'POST' }], 'the signature is not of this request'],
    ['another receiver', [{}, { audience: 'demo.web-2.1/pidnap' }], 'the signature is not of this request'],
    [
      'the receiver beside it',
      [{}, { audience: 'demo.web-1.1/daemon' }],
      'the signature is not of this request',
    ],
    ['an unknown key', [{}, { by: strangers }], 'unknown key'],
    [
      'a known name of an unknown key',
      [{}, { by: { ...strangers, publicKey: ours.publicKey } }],
      'the signature is not of this request',
    ],
    ['a bearer token', [{ headers: { authorization: 'Bearer x' } }], 'no signature'],
    ['nothing', [{ headers: { authorization: '' } }], 'no signature'],
    [
      'an old one',
      [{}, { issuedAt: T0 - SIGNATURE_WINDOW_MS - 1 }],
      `the sender's clock is -300001 ms ahead`,
    ],
  ])('%s, without telling why to the caller', async (_, [sent, signed], why) => {
    const outcome = await check()(request(sent, signed));
    expect(outcome).toMatchObject({ refusal: { status: 401, code: 'UNAUTHORIZED' } });
    expect(JSON.stringify(outcome)).not.toContain(why);
    expect(refused).toEqual([why]);
  });

  it('a clock that is off is told, with how far', async () => {
    now = T0 + 412_000;
    expect(await check()(request())).toEqual({
      refusal: {
        status: 401,
        code: 'UNAUTHORIZED',
        scheme: 'Fettle-Signature',
        message: "The clock here is 412 s ahead of the sender's; 300 s are allowed",
        data: { clockAheadMs: -412_000 },
      },
    });
  });

  it.each([[{}], [{ 'content-length': '1001' }]])(
    'a body beyond the limit, announced or not: %j',
    async (headers) => {
      const sent = request({ body: 'x'.repeat(1001), headers });
      sent.headers.authorization = request().headers.authorization ?? '';
      expect(await check()(sent)).toMatchObject({ refusal: { status: 413, code: 'PAYLOAD_TOO_LARGE' } });
    },
  );

  it('a flood, with a line in the log once a second', async () => {
    const refusing = check();
    for (let i = 0; i < 20; i += 1) await refusing(request({}, { by: strangers }));
    now += 1000;
    await refusing(request({}, { by: strangers, issuedAt: now }));
    expect(refused).toEqual(['unknown key', 'unknown key']);
  });
});
