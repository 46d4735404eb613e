import { MachineIdentity } from '@fettle/contract';
import * as v from 'valibot';

/**
 * A machine token is `fmt1.<identity>.<signature>`: the identity as base64url JSON, and an HMAC-SHA-256 over it.
 * The worker checks it without reading any storage, so that garbage never wakes an object.
 */
const PREFIX = 'fmt1';
const encoder = new TextEncoder();

/** The token that a machine's daemon shows to the control plane. */
export async function signMachineToken(key: string, identity: MachineIdentity): Promise<string> {
  const payload = toBase64Url(encoder.encode(JSON.stringify(identity)));
  return `${PREFIX}.${payload}.${await sign(key, `${PREFIX}.${payload}`)}`;
}

/** Who a token belongs to; `null` when it is not one of ours. */
export async function verifyMachineToken(key: string, token: string): Promise<MachineIdentity | null> {
  const [prefix, payload, signature, ...rest] = token.split('.');
  if (prefix !== PREFIX || !payload || !signature || rest.length > 0) return null;
  const bytes = fromBase64Url(signature);
  if (bytes === null) return null;
  const valid = await crypto.subtle.verify(
    'HMAC',
    await importKey(key),
    bytes,
    encoder.encode(`${PREFIX}.${payload}`),
  );
  return valid ? parseIdentity(payload) : null;
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
  return toBase64Url(
    new Uint8Array(await crypto.subtle.sign('HMAC', await importKey(key), encoder.encode(text))),
  );
}

function importKey(key: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', encoder.encode(key), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
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
