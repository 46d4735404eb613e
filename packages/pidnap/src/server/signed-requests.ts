/**
 * Lets in whoever can sign (`signature.ts`). Nothing of a request is looked at before its signature holds. `node:crypto`
 * takes 3 MB and is loaded with the first request that has a signature.
 */
import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { keyId, parseSignature, SIGNATURE_WINDOW_MS, signedText, type Signature } from '../signature.ts';
import { readBody } from './read-body.ts';
import { TakenIds } from './taken-ids.ts';

/** Whom to let in, and how much of them. */
export type SignedRequestRules = {
  /** This receiver, for example `demo.web-1.1/pidnap`. */
  audience: string;
  /** The public keys to take now: 32 bytes of Ed25519 each, base64url. */
  keys: () => readonly string[];
  /** Asked before a request is refused because nobody knows its key; the keys are looked at again after it. */
  renewKeys?: () => Promise<void>;
  maxBodyBytes: number;
  /** Which of it was wrong, for a log; the caller learns only what is in the refusal. At most once a second. */
  onRefused?: (why: string) => void;
  /** Milliseconds since the Unix epoch. */
  now?: () => number;
};

/** A refusal as it goes over the wire. */
export type RequestRefusal = {
  status: 401 | 413;
  code: 'UNAUTHORIZED' | 'PAYLOAD_TOO_LARGE';
  /** For `www-authenticate`. */
  scheme?: 'Bearer' | 'Fettle-Signature';
  message: string;
  /** How far the sender's clock is ahead of ours, where that is why. */
  data?: { clockAheadMs: number };
};

/** The request's whole body, which was read; or why it is refused. */
export type SignedRequestOutcome = { body: Buffer } | { refusal: RequestRefusal };

const LOG_EVERY_MS = 1000;
const MAX_KEY_OBJECTS = 8;
const UNAUTHORIZED: RequestRefusal = {
  status: 401,
  code: 'UNAUTHORIZED',
  scheme: 'Fettle-Signature',
  message: 'A valid signature is required',
};
const TOO_LARGE: RequestRefusal = {
  status: 413,
  code: 'PAYLOAD_TOO_LARGE',
  message: 'The body is larger than anything that is sent here',
};

/** Makes the check of one receiver. It takes each signature once, as long as this process lives. */
export function createSignedRequestCheck(
  rules: SignedRequestRules,
): (request: IncomingMessage) => Promise<SignedRequestOutcome> {
  const { audience, keys, renewKeys, maxBodyBytes, onRefused, now = Date.now } = rules;
  const taken = new TakenIds();
  const keyObjects = new Map<string, KeyObject>();
  let loggedAt = -Infinity;

  function refuse(why: string, refusal: RequestRefusal = UNAUTHORIZED): SignedRequestOutcome {
    const at = now();
    if (Math.abs(at - loggedAt) >= LOG_EVERY_MS) {
      loggedAt = at;
      onRefused?.(why);
    }
    return { refusal };
  }

  async function keyOf(signature: Signature): Promise<KeyObject | null> {
    const find = () => keys().find((key) => keyId(key) === signature.key);
    let key = find();
    if (key === undefined) {
      await renewKeys?.();
      key = find();
    }
    if (key === undefined) return null;
    let known = keyObjects.get(key);
    if (known === undefined) {
      if (keyObjects.size >= MAX_KEY_OBJECTS) keyObjects.clear();
      known = publicKey(key);
      keyObjects.set(key, known);
    }
    return known;
  }

  return async (request) => {
    const { method = 'GET', url: path = '/' } = request;
    const signature = parseSignature(request.headers.authorization);
    if (signature === null) return refuse('no signature');
    const clockAheadMs = signature.issuedAt - now();
    if (Math.abs(clockAheadMs) > SIGNATURE_WINDOW_MS)
      return refuse(`the sender's clock is ${clockAheadMs} ms ahead`, clockIsOff(clockAheadMs));
    const key = await keyOf(signature);
    if (key === null) return refuse('unknown key');
    const body = await readBody(request, maxBodyBytes);
    if (body === null) return refuse('body too large', TOO_LARGE);
    const text = signedText({ ...signature, audience, method, path, bodyHash: sha256(body) });
    if (!verify(key, text, signature.signature)) return refuse('the signature is not of this request');
    const use = taken.take(signature.id, signature.issuedAt + SIGNATURE_WINDOW_MS, now());
    if (use !== 'taken') return refuse(use === 'repeated' ? 'it came before' : 'too many to remember');
    return { body };
  };
}

/** Told to everybody: a clock that is wrong stops every command, and whoever looks for the reason needs to find it. */
function clockIsOff(clockAheadMs: number): RequestRefusal {
  const seconds = Math.round(Math.abs(clockAheadMs) / 1000);
  const direction = clockAheadMs > 0 ? 'behind' : 'ahead of';
  return {
    ...UNAUTHORIZED,
    message: `The clock here is ${seconds} s ${direction} the sender's; ${SIGNATURE_WINDOW_MS / 1000} s are allowed`,
    data: { clockAheadMs },
  };
}

/**
 * Gives oRPC the body that was read, parsed, where it looks for it before it reads itself. False: it is no JSON, and all
 * that our contracts send is.
 */
export function handOverBody(request: IncomingMessage & { body?: unknown }, body: Buffer): boolean {
  try {
    // In the RPC format that is no input.
    request.body = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function cryptography() {
  return process.getBuiltinModule('node:crypto');
}

function publicKey(x: string): KeyObject {
  return cryptography().createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function sha256(bytes: Buffer): string {
  return cryptography().createHash('sha256').update(bytes).digest('base64url');
}

function verify(key: KeyObject, text: string, signature: string): boolean {
  return cryptography().verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
}
