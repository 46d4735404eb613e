import { beforeAll, describe, expect, test } from 'vitest';
import type { MachineTokenClaims } from '@fettle/contract';
import { claimsOf } from '../../test/credentials.ts';
import { toBase64Url } from './base64url.ts';
import { signMachineToken, verifyMachineToken, type MachineTokenVariables } from './machine-token.ts';

const NOW = 1_700_000_000_000;
const MACHINE = 'demo.web-1.1';
const ring: MachineTokenVariables = { FETTLE_STAGE: 'test', FETTLE_MACHINE_KEY: 'the-present-key' };
const encoder = new TextEncoder();

const claims = (over: Partial<MachineTokenClaims> = {}) =>
  claimsOf(MACHINE, { issuedAt: NOW, expiresAt: NOW + 60_000, ...over });
const sign = (over: Partial<MachineTokenClaims> = {}, key = ring.FETTLE_MACHINE_KEY) =>
  signMachineToken({ FETTLE_MACHINE_KEY: key }, claims(over));
const verify = (token: string, over: Partial<MachineTokenVariables> = {}, now = NOW) =>
  verifyMachineToken({ ...ring, ...over }, token, { use: 'machine', now });
const base64url = (text: string) => toBase64Url(encoder.encode(text));

let token: string;
beforeAll(async () => {
  token = await sign();
});

describe('a token', () => {
  test('says what was signed, until the millisecond in which it expires', async () => {
    expect(await verify(token)).toEqual(claims());
    expect(await verify(token, {}, NOW + 59_999)).toEqual(claims());
    expect(await verify(token, {}, NOW + 60_000)).toBeNull();
    expect(await verify(token, {}, NOW + 60_001)).toBeNull();
  });

  test('is the same each time that the same is signed, and far below the limit of a header', async () => {
    expect(await sign()).toBe(token);
    expect(token.length).toBeLessThan(600);
  });

  test('of the key before is taken for as long as that key is in the ring', async () => {
    const earlier = await sign({}, 'the-key-before');
    expect(await verify(earlier)).toBeNull();
    expect(await verify(earlier, { FETTLE_MACHINE_KEY_PREVIOUS: 'the-key-before' })).toEqual(claims());
    expect(await verify(earlier)).toBeNull();
  });

  test('of a machine needs an end, and one that is exchanged needs none', async () => {
    expect(await verify(await sign({ expiresAt: null }))).toBeNull();
    const renewal = await sign({ use: 'renewal', id: 'r', expiresAt: null });
    const shown = { use: 'renewal', now: NOW + 400 * 86_400_000 } as const;
    expect(await verifyMachineToken(ring, renewal, shown)).toMatchObject({ use: 'renewal', id: 'r' });
  });

  test('from a clock that is a minute ahead is taken, and from one that is further ahead is not', async () => {
    expect(await verify(await sign({ issuedAt: NOW + 60_000, expiresAt: NOW + 120_000 }))).not.toBeNull();
    expect(await verify(await sign({ issuedAt: NOW + 60_001, expiresAt: NOW + 120_000 }))).toBeNull();
  });

  test('that was found good is judged anew each time', async () => {
    expect(await verify(token)).not.toBeNull();
    expect(await verify(token, { FETTLE_STAGE: 'prod' })).toBeNull();
    expect(await verifyMachineToken(ring, token, { use: 'renewal', now: NOW })).toBeNull();
    expect(await verify(token)).not.toBeNull();
  });

  test('is not made of what is no identity', async () => {
    await expect(sign({ machineId: '../../etc' })).rejects.toThrow();
  });
});

/** A signature by our own key over a payload that we would not sign. */
async function signedAnyway(payload: string): Promise<string> {
  const key = await crypto.subtle.importKey(
    'raw',
    encoder.encode(ring.FETTLE_MACHINE_KEY),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const [, keyId] = token.split('.');
  const signed = `fmt2.${keyId}.${base64url(payload)}`;
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(signed)));
  return `${signed}.${toBase64Url(signature)}`;
}

const parts = () => token.split('.') as [string, string, string, string];
const edit = (change: (parts: [string, string, string, string]) => string[]) => () =>
  Promise.resolve(change(parts()).join('.'));
const last = (text: string, letter: string) => text.slice(0, -1) + letter;

test.each<[string, () => Promise<string>]>([
  ['nothing', async () => ''],
  ['its prefix', async () => 'fmt2'],
  ['dots', async () => '...'],
  ['empty parts', async () => 'fmt2...'],
  ['another prefix', edit(([, ...rest]) => ['fmt1', ...rest])],
  ['a prefix in capitals', edit(([, ...rest]) => ['FMT2', ...rest])],
  ['no key id', edit(([prefix, , ...rest]) => [prefix, ...rest])],
  ['another key id', edit(([prefix, , ...rest]) => [prefix, 'AAAAAAAA', ...rest])],
  ['an id that every object has', edit(([prefix, , ...rest]) => [prefix, '__proto__', ...rest])],
  ['no signature', edit(([prefix, id, payload]) => [prefix, id, payload])],
  ['an empty signature', edit(([prefix, id, payload]) => [prefix, id, payload, ''])],
  ['a signature that was cut', edit(([prefix, id, payload, s]) => [prefix, id, payload, s.slice(0, -1)])],
  ['half a signature', edit(([prefix, id, payload, s]) => [prefix, id, payload, s.slice(0, 21)])],
  ['a signature of zeros', edit(([prefix, id, payload]) => [prefix, id, payload, 'A'.repeat(43)])],
  ['a signature with more behind it', edit(([prefix, id, payload, s]) => [prefix, id, payload, `${s}AA`])],
  ['padding', async () => `${token}=`],
  ['a fifth part', async () => `${token}.AAAA`],
  ['a signature twice', edit((all) => [...all, all[3]])],
  ['its parts in another order', edit(([prefix, id, payload, s]) => [prefix, id, s, payload])],
  [
    'another way to write the last letter',
    edit(([p, id, payload, s]) => [p, id, payload, last(s, nextLetter(s))]),
  ],
  ['one letter of the payload changed', edit(([p, id, payload, s]) => [p, id, `B${payload.slice(1)}`, s])],
  ['a payload that was cut', edit(([p, id, payload, s]) => [p, id, payload.slice(0, -4), s])],
  [
    'the payload of another machine',
    async () => {
      const [prefix, id, , signature] = parts();
      const [, , theirs] = (await sign({ machineId: 'demo.web-2.1', slot: 'web-2' })).split('.');
      return [prefix, id, theirs, signature].join('.');
    },
  ],
  ['a line break', async () => `${token}\n`],
  ['a space in front', async () => ` ${token}`],
  ['a zero byte', async () => `${token}\0`],
  ['letters that only look the same', async () => token.replace('fmt2', 'fｍt2')],
  ['letters beyond all alphabets', async () => `fmt2.${'\u{1F600}'.repeat(20)}.\u{1F600}.\u{1F600}`],
  ['half of a letter', async () => `fmt2.${parts()[1]}.\uD800.${parts()[3]}`],
  ['a megabyte', async () => `fmt2.${parts()[1]}.${'A'.repeat(1_000_000)}.${parts()[3]}`],
  ['a hundred thousand dots', async () => '.'.repeat(100_000)],
  ['an unsigned JSON Web Token', async () => `${base64url('{"alg":"none"}')}.${base64url('{}')}.`],
  ['a JSON Web Token', async () => `${base64url('{"alg":"HS256"}')}.${parts()[2]}.${parts()[3]}`],
  [
    'an algorithm in place of the key id',
    edit(([p, , payload, s]) => [p, base64url('{"alg":"none"}'), payload, s]),
  ],
  ['a token of operators', async () => 'fop1.aaaaaaaaaaaa.AAAA.AAAA'],
  ['the key itself', async () => ring.FETTLE_MACHINE_KEY],
  ['another ring', () => sign({}, 'the-key-of-others')],
  ['an empty key', () => sign({}, ' ')],
  ['another deployment', () => sign({ audience: 'prod' })],
  ['a deployment whose name begins the same', () => sign({ audience: 'test-2' })],
  ['the use of a renewal', () => sign({ use: 'renewal', id: 'r', expiresAt: null })],
  ['the use of a bootstrap', () => sign({ use: 'bootstrap', id: `${MACHINE}/1`, expiresAt: null })],
  ['an end before now', () => sign({ expiresAt: NOW - 1 })],
  ['an end just now', () => sign({ expiresAt: NOW })],
  ['no end', () => sign({ expiresAt: null })],
  ['a beginning tomorrow', () => sign({ issuedAt: NOW + 86_400_000, expiresAt: NOW + 86_460_000 })],
  ['no JSON in it', () => signedAnyway('claims')],
  ['null in it', () => signedAnyway('null')],
  ['a list in it', () => signedAnyway('[]')],
  ['no machine in it', () => signedAnyway(JSON.stringify({ ...claims(), machineId: undefined }))],
  ['a path for a machine', () => signedAnyway(JSON.stringify({ ...claims(), machineId: '../../etc' }))],
  ['a field too many', () => signedAnyway(JSON.stringify({ ...claims(), role: 'admin' }))],
  ['an epoch of 0', () => signedAnyway(JSON.stringify({ ...claims(), epoch: 0 }))],
  ['an epoch as text', () => signedAnyway(JSON.stringify({ ...claims(), epoch: '1' }))],
  ['an end as text', () => signedAnyway(JSON.stringify({ ...claims(), expiresAt: 'never' }))],
])('with %s is none', async (_, make) => {
  expect(await verify(await make())).toBeNull();
});

/** The last letter of 32 bytes has two bits that say nothing: with one of them set it decodes to the same bytes. */
function nextLetter(signature: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return letters[letters.indexOf(signature.at(-1) ?? '') + 1] ?? '';
}
