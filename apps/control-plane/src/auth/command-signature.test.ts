import { createHash, createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyId, parseSignature, signedText } from '@fettle/pidnap/signature';
import { commandPublicKeys, commandSigner } from './command-signature.ts';

const NOW = 1_700_000_000_000;
const keys = { FETTLE_COMMAND_KEY: 'the-present-key' };
const to = { machineId: 'demo.web-1.1', port: 'pidnap' as const, now: () => NOW };
const request = {
  method: 'post',
  path: '/rpc/v1/restart?x=1',
  body: new TextEncoder().encode('{"json":{}}'),
};

/** What any receiver does, with other means than ours. */
function isBy(publicKey: string, header: string, audience: string, sent = request): boolean {
  const shown = parseSignature(header);
  if (shown === null || shown.key !== keyId(publicKey)) return false;
  const bodyHash = createHash('sha256').update(sent.body).digest('base64url');
  const text = signedText({ ...shown, audience, method: sent.method, path: sent.path, bodyHash });
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  return verify(null, Buffer.from(text), key, Buffer.from(shown.signature, 'base64url'));
}

test('a signature holds for its request and its receiver, and for nothing else', async () => {
  const [publicKey = ''] = await commandPublicKeys(keys);
  const header = await commandSigner(keys, to)(request);
  expect(parseSignature(header)).toMatchObject({ issuedAt: NOW });
  expect(isBy(publicKey, header, 'demo.web-1.1/pidnap')).toBe(true);
  expect(isBy(publicKey, header, 'demo.web-1.1/daemon')).toBe(false);
  expect(isBy(publicKey, header, 'demo.web-2.1/pidnap')).toBe(false);
  const aud = 'demo.web-1.1/pidnap';
  expect(isBy(publicKey, header, aud, { ...request, method: 'GET' })).toBe(false);
  expect(isBy(publicKey, header, aud, { ...request, path: '/rpc/v1/stop' })).toBe(false);
  expect(isBy(publicKey, header, aud, { ...request, body: new Uint8Array() })).toBe(false);
});

test('no two requests have the same id', async () => {
  const sign = commandSigner(keys, to);
  const ids = await Promise.all(
    Array.from({ length: 50 }, async () => parseSignature(await sign(request))?.id),
  );
  expect(new Set(ids).size).toBe(50);
});

test('the public key is what RFC 8032 makes of the seed', async () => {
  const seed = createHash('sha256').update('fettle command key\nthe-present-key').digest();
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([head, seed]);
  const { x } = createPublicKey({ key: der, format: 'der', type: 'pkcs8' } as never).export({
    format: 'jwk',
  });
  expect(await commandPublicKeys(keys)).toEqual([x]);
});

test('the key before is told as well, and signs nothing', async () => {
  const ring = { ...keys, FETTLE_COMMAND_KEY_PREVIOUS: 'the-key-before' };
  const [present = '', previous = ''] = await commandPublicKeys(ring);
  expect([previous]).toEqual(await commandPublicKeys({ FETTLE_COMMAND_KEY: 'the-key-before' }));
  const header = await commandSigner(ring, to)(request);
  expect(isBy(present, header, 'demo.web-1.1/pidnap')).toBe(true);
  expect(isBy(previous, header, 'demo.web-1.1/pidnap')).toBe(false);
  expect(await commandPublicKeys({ ...keys, FETTLE_COMMAND_KEY_PREVIOUS: '' })).toEqual([present]);
});
