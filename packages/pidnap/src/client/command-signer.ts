/** Signs commands in Node, for programs and tests that command a pidnap or a daemon themselves. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { RequestToSign } from '../client.ts';
import { formatSignature, keyId, signedText } from '../signature.ts';

/** A pair of keys of whoever commands. */
export interface CommandKeys {
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** What a signature is made of besides the request; any part can be wrong on purpose. */
export interface SignOptions {
  readonly audience: string;
  readonly issuedAt?: number;
  readonly id?: string;
}

/** Makes a pair of keys. */
export function makeCommandKeys(): CommandKeys {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: publicKey.export({ format: 'jwk' }).x ?? '', privateKey };
}

/** The `authorization` header of a request, as the control plane makes it. */
export function authorize(
  { publicKey, privateKey }: CommandKeys,
  { method, path, body }: RequestToSign,
  { audience, issuedAt = Date.now(), id = randomBytes(16).toString('base64url') }: SignOptions,
): string {
  const bodyHash = createHash('sha256').update(body).digest('base64url');
  const text = signedText({ audience, method, path, bodyHash, issuedAt, id });
  const signature = sign(null, Buffer.from(text), privateKey).toString('base64url');
  return formatSignature({ key: keyId(publicKey), issuedAt, id, signature });
}
