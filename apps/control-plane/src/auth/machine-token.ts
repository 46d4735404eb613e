import { MachineTokenClaims, type TokenUse } from '@fettle/contract';
import * as v from 'valibot';
import { rememberIn } from '../bounded-memory.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { signingKey, verifyingKeys, type MachineKey, type MachineKeyVariables } from './machine-keys.ts';

/** `fmt2.<key id>.<claims as base64url JSON>.<HMAC-SHA-256 over all before it>`. Checked without storage. */
const PREFIX = 'fmt2';
/** No token of ours is longer: names have bounds. */
const MAX_CHARS = 2048;
/** How far another worker's clock may be ahead of ours, in milliseconds. */
const CLOCK_AHEAD_MS = 60_000;
/** Tokens that one isolate remembers; about 4 MB. */
const MAX_TOKENS = 4096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const Payload = v.pipe(v.string(), v.parseJson(), MachineTokenClaims);

/** What it takes to sign and check tokens of machines. */
export type MachineTokenVariables = MachineKeyVariables & { FETTLE_STAGE: string };

/** What was found signed, by the token and the key's own id. Whether it is good now is judged each time. */
const remembered = new Map<string, MachineTokenClaims>();

/** Signs claims with the present key. Rejects when they are not what tokens say. */
export async function signMachineToken(
  variables: MachineKeyVariables,
  claims: MachineTokenClaims,
): Promise<string> {
  const { id, key } = await signingKey(variables);
  const payload = toBase64Url(encoder.encode(JSON.stringify(v.parse(MachineTokenClaims, claims))));
  const signed = `${PREFIX}.${id}.${payload}`;
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(signed));
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`;
}

/**
 * What a token says, when it is one of ours, for this deployment and this use, and has not expired; otherwise `null`.
 * `now`: Unix milliseconds. Only what was signed gets into the memory, so that garbage can neither fill it nor find
 * anything there.
 */
export async function verifyMachineToken(
  variables: MachineTokenVariables,
  token: string,
  { use, now }: { use: TokenUse; now: number },
): Promise<MachineTokenClaims | null> {
  if (token.length > MAX_CHARS) return null;
  const [prefix, keyId, payload, signature, ...rest] = token.split('.');
  if (prefix !== PREFIX || !payload || !signature || rest.length > 0) return null;
  const ring = await verifyingKeys(variables);
  const key = ring.find(({ id }) => id === keyId);
  if (key === undefined) return null;
  const claims = remembered.get(token) ?? (await readSigned(key, { keyId, payload, signature }));
  if (claims === null) return null;
  if (!isGood(claims, { audience: variables.FETTLE_STAGE, use, now })) {
    remembered.delete(token);
    return null;
  }
  if (use === 'machine') rememberIn(remembered, token, claims, MAX_TOKENS);
  return claims;
}

function isGood(
  { audience, use, issuedAt, expiresAt }: MachineTokenClaims,
  wanted: { audience: string; use: TokenUse; now: number },
): boolean {
  if (audience !== wanted.audience || use !== wanted.use) return false;
  if (issuedAt > wanted.now + CLOCK_AHEAD_MS) return false;
  // Nobody asks storage about a machine token: one without an end would be good for ever.
  return expiresAt === null ? use !== 'machine' : expiresAt > wanted.now;
}

async function readSigned(
  { key }: MachineKey,
  parts: { keyId: string | undefined; payload: string; signature: string },
): Promise<MachineTokenClaims | null> {
  const signature = fromBase64Url(parts.signature);
  const payload = fromBase64Url(parts.payload);
  if (signature === null || payload === null) return null;
  const signed = encoder.encode(`${PREFIX}.${parts.keyId}.${parts.payload}`);
  // Compares in constant time.
  if (!(await crypto.subtle.verify('HMAC', key, signature, signed))) return null;
  const parsed = v.safeParse(Payload, decoder.decode(payload));
  return parsed.success ? parsed.output : null;
}
