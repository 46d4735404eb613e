import { fromBase64Url, hashOf, toBase64Url } from './base64url.ts';
import type { OpenedKey } from './opened-key.ts';

/**
 * A token of operators is `fop1.<id>.<secret>.<check>`. The secret is 32 random bytes, of which only the SHA-256 is
 * stored: it needs no slow hash, because nobody can guess it. `check` is an HMAC-SHA-256 over what is before it, so that
 * what we did not make is refused without asking storage.
 */
const PREFIX = 'fop1';
const SHAPE = /^fop1\.([a-z0-9]{12})\.([\w-]{43})\.([\w-]{43})$/;
const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const encoder = new TextEncoder();

/** What a token says of itself, with the hash under which it is known. */
export type ShownToken = { id: string; secretHash: string };

/** Makes a token; `token` is told once, and kept nowhere. */
export async function makeOperatorToken(key: string): Promise<ShownToken & { token: string }> {
  // 32 letters, so that a byte's lowest five bits name each as often as any other.
  const id = Array.from(randomBytes(12), (byte) => ID_LETTERS[byte % 32]).join('');
  const secret = toBase64Url(randomBytes(32));
  const signed = `${PREFIX}.${id}.${secret}`;
  const check = await crypto.subtle.sign('HMAC', await checkKey(key), encoder.encode(signed));
  return {
    id,
    token: `${signed}.${toBase64Url(new Uint8Array(check))}`,
    secretHash: await hashOf(secret),
  };
}

/** Whether a bearer claims to be a token of operators at all. */
export function looksLikeOperatorToken(bearer: string): boolean {
  return bearer.startsWith(`${PREFIX}.`);
}

/** What a token says; `null` when we did not make it. It may be expired or revoked all the same. */
export async function readOperatorToken(key: string, token: string): Promise<ShownToken | null> {
  const match = SHAPE.exec(token);
  if (match === null) return null;
  const [, id = '', secret = '', check = ''] = match;
  const tag = fromBase64Url(check);
  const signed = encoder.encode(`${PREFIX}.${id}.${secret}`);
  if (tag === null || !(await crypto.subtle.verify('HMAC', await checkKey(key), tag, signed))) return null;
  return { id, secretHash: await hashOf(secret) };
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** The last key that was used, ready to use. */
let known: { text: string; key: OpenedKey } | null = null;

async function checkKey(text: string): Promise<OpenedKey> {
  if (known?.text === text) return known.key;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(text), algorithm, false, [
    'sign',
    'verify',
  ]);
  known = { text, key };
  return key;
}
