/**
 * How a command that comes over TCP shows who sent it: an Ed25519 signature over the whole request, made for one receiver.
 * Who reads such a request can neither change it, nor send it to another receiver, nor make one of their own. Pure: both
 * sides bring their own cryptography.
 */

/** How far the clocks of both sides may be apart, and how long a receiver must remember what it has taken. */
export const SIGNATURE_WINDOW_MS = 300_000;

const SCHEME = 'Fettle-Signature';
const VERSION = 'v1';
const KEY_ID_CHARS = 11;

/** What a signature says besides what is in the request itself. */
export type Signature = {
  /** `keyId` of the public key. */
  key: string;
  /** The sender's clock, milliseconds since the Unix epoch. */
  issuedAt: number;
  /** Made up for this request; a receiver takes each once. */
  id: string;
  /** 64 bytes, base64url. */
  signature: string;
};

/** What is signed. */
export type SignedRequest = Pick<Signature, 'issuedAt' | 'id'> & {
  /** The one receiver, for example `demo.web-1.1/pidnap`. */
  audience: string;
  method: string;
  /** Path and query as the receiver sees them, without what a proxy puts in front. */
  path: string;
  /** SHA-256 of the body's bytes, base64url; of no bytes where there is no body. */
  bodyHash: string;
};

/** The text under a signature. A line for each part: none of them can hold a line break. */
export function signedText({ audience, method, path, bodyHash, issuedAt, id }: SignedRequest): string {
  return [SCHEME, VERSION, audience, method.toUpperCase(), path, bodyHash, String(issuedAt), id].join('\n');
}

/** Names a public key (base64url) in a signature. */
export function keyId(publicKey: string): string {
  return publicKey.slice(0, KEY_ID_CHARS);
}

/** The value of an `authorization` header. */
export function formatSignature({ key, issuedAt, id, signature }: Signature): string {
  return `${SCHEME} ${VERSION}.${key}.${issuedAt}.${id}.${signature}`;
}

/** What such a header says; `null` when it is none. */
export function parseSignature(header: string | null | undefined): Signature | null {
  const match = /^Fettle-Signature v1\.([\w-]{11})\.(\d{1,15})\.([\w-]{16,43})\.([\w-]{86})$/.exec(
    header ?? '',
  );
  if (match === null) return null;
  const [, key = '', issuedAt = '', id = '', signature = ''] = match;
  return { key, issuedAt: Number(issuedAt), id, signature };
}
