/** The key with which commands to machines are signed; machines hold its public half only. */
import { formatSignature, keyId, signedText } from '@fettle/pidnap/signature';
import { rememberIn } from '../bounded-memory.ts';
import type { RequestSigner } from '../providers/machine-provider.ts';
import { toBase64Url } from './base64url.ts';
import type { OpenedKey } from './opened-key.ts';

const ALGORITHM = 'Ed25519';
/** The DER in front of the 32 bytes of a private key of Ed25519 (RFC 8410, section 7). */
const PKCS8_HEAD = [
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const MOST_KEYS = 16;
const encoder = new TextEncoder();

/** What commands are signed with. */
export type CommandKeyVariables = { FETTLE_COMMAND_KEY: string; FETTLE_COMMAND_KEY_PREVIOUS?: string };

type CommandKey = { privateKey: OpenedKey; publicKey: string };

/** Keys by their text: the keys themselves and not promises, because workerd ties a promise to the request that made it. */
const opened = new Map<string, CommandKey>();

/** The public keys that machines are told, as base64url: the present one first. */
export async function commandPublicKeys(variables: CommandKeyVariables): Promise<string[]> {
  const { FETTLE_COMMAND_KEY: present, FETTLE_COMMAND_KEY_PREVIOUS: previous } = variables;
  const texts = previous === undefined || previous === '' ? [present] : [present, previous];
  const keys: string[] = [];
  for (const text of texts) keys.push((await open(text)).publicKey);
  return keys;
}

/** Signs requests to one listener of one machine, each with an id and a time of its own. */
export function commandSigner(
  { FETTLE_COMMAND_KEY }: CommandKeyVariables,
  { machineId, port, now = Date.now }: { machineId: string; port: 'pidnap' | 'daemon'; now?: () => number },
): RequestSigner {
  return async ({ method, path, body }) => {
    const { privateKey, publicKey } = await open(FETTLE_COMMAND_KEY);
    const issuedAt = now();
    const id = toBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
    const bodyHash = toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
    const text = signedText({ audience: `${machineId}/${port}`, method, path, bodyHash, issuedAt, id });
    const signature = await crypto.subtle.sign(ALGORITHM, privateKey, encoder.encode(text));
    const signed = toBase64Url(new Uint8Array(signature));
    return formatSignature({ key: keyId(publicKey), issuedAt, id, signature: signed });
  };
}

/** Enough that no two requests within the window of a receiver have the same. */
const ID_BYTES = 16;

async function open(text: string): Promise<CommandKey> {
  const known = opened.get(text);
  if (known !== undefined) return known;
  const seed = await crypto.subtle.digest('SHA-256', encoder.encode(`fettle command key\n${text}`));
  const pkcs8 = new Uint8Array([...PKCS8_HEAD, ...new Uint8Array(seed)]);
  const extractable = await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']);
  // Nothing but the form of a JSON Web Key tells the public half.
  const { x } = (await crypto.subtle.exportKey('jwk', extractable)) as { x?: string };
  if (x === undefined) throw new Error('The key of commands has no public half');
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
  const key = { privateKey, publicKey: x };
  rememberIn(opened, text, key, MOST_KEYS);
  return key;
}
