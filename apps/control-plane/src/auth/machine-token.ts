import { MachineIdentity } from '@fettle/contract';
import * as v from 'valibot';
import { rememberIn } from '../bounded-memory.ts';

/**
 * A machine token is `fmt1.<identity>.<signature>`: the identity as base64url JSON, and an HMAC-SHA-256 over it.
 * The worker checks it without reading any storage, so that garbage never wakes an object.
 */
const PREFIX = 'fmt1';
const encoder = new TextEncoder();
/** Tokens that one isolate remembers; about 2 MB. */
const MAX_TOKENS = 4096;

/** The token that a machine's daemon shows to the control plane. */
export async function signMachineToken(key: string, identity: MachineIdentity): Promise<string> {
  const payload = toBase64Url(encoder.encode(JSON.stringify(identity)));
  return `${PREFIX}.${payload}.${await sign(key, `${PREFIX}.${payload}`)}`;
}

/**
 * Who a token belongs to; `null` when it is not one of ours.
 *
 * A token that was verified is remembered with its identity, because it says the same for as long as the key is the
 * same: it does not expire and is never taken back (whether a machine was replaced is known to its object). Only what
 * was signed with the key gets in, so that garbage can neither fill the memory nor find anything there.
 */
export async function verifyMachineToken(key: string, token: string): Promise<MachineIdentity | null> {
  const ring = keyring?.text === key ? keyring : await openKeyring(key);
  const remembered = ring.identities.get(token);
  if (remembered !== undefined) return remembered;
  const identity = await readMachineToken(ring.key, token);
  if (identity !== null) rememberIn(ring.identities, token, identity, MAX_TOKENS);
  return identity;
}

async function readMachineToken(key: CryptoKey, token: string): Promise<MachineIdentity | null> {
  const [prefix, payload, signature, ...rest] = token.split('.');
  if (prefix !== PREFIX || !payload || !signature || rest.length > 0) return null;
  const bytes = fromBase64Url(signature);
  if (bytes === null) return null;
  const signed = encoder.encode(`${PREFIX}.${payload}`);
  return (await crypto.subtle.verify('HMAC', key, bytes, signed)) ? parseIdentity(payload) : null;
}

/** The bearer that pidnap and the daemon of one machine ask of the control plane. */
export function commandToken(key: string, machineId: string): Promise<string> {
  return sign(key, `command.${machineId}`);
}

function parseIdentity(payload: string): MachineIdentity | null {
  const bytes = fromBase64Url(payload);
  if (bytes === null) return null;
  const parsed = v.safeParse(
    v.pipe(v.string(), v.parseJson(), MachineIdentity),
    new TextDecoder().decode(bytes),
  );
  return parsed.success ? parsed.output : null;
}

async function sign(key: string, text: string): Promise<string> {
  const ring = keyring?.text === key ? keyring : await openKeyring(key);
  return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', ring.key, encoder.encode(text))));
}

/** The last key that was used, ready to use, and the tokens that are known to be signed with it. */
type Keyring = { text: string; key: CryptoKey; identities: Map<string, MachineIdentity> };
let keyring: Keyring | undefined;

/** The key itself is kept and not a promise of it: workerd ties a promise to the request that made it. */
async function openKeyring(text: string): Promise<Keyring> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(text), algorithm, false, [
    'sign',
    'verify',
  ]);
  keyring = { text, key, identities: new Map() };
  return keyring;
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array | null {
  if (!/^[\w-]+$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    );
  } catch {
    // Not base64: not a token of ours.
    return null;
  }
}
