import { rememberIn } from '../bounded-memory.ts';
import { hashOf } from './base64url.ts';
import type { OpenedKey } from './opened-key.ts';

const encoder = new TextEncoder();
const HMAC = { name: 'HMAC', hash: 'SHA-256' };
/** A deployment has two; tests of one process have a few more. */
const MOST_KEYS = 16;

/** One key of the ring of machine tokens, ready to use. */
export type MachineKey = { id: string; key: OpenedKey };

/** The ring: at most two keys. */
export type MachineKeyVariables = { FETTLE_MACHINE_KEY: string; FETTLE_MACHINE_KEY_PREVIOUS?: string };

/** Keys by their text: the keys themselves and not promises, because workerd ties a promise to the request that made it. */
const opened = new Map<string, MachineKey>();

/** The key that signs. */
export function signingKey({ FETTLE_MACHINE_KEY }: MachineKeyVariables): Promise<MachineKey> {
  return open(FETTLE_MACHINE_KEY);
}

/** The keys whose signatures are taken, the present one first. */
export async function verifyingKeys(variables: MachineKeyVariables): Promise<MachineKey[]> {
  const { FETTLE_MACHINE_KEY: present, FETTLE_MACHINE_KEY_PREVIOUS: previous } = variables;
  return previous === undefined || previous === ''
    ? [await open(present)]
    : [await open(present), await open(previous)];
}

async function open(text: string): Promise<MachineKey> {
  const known = opened.get(text);
  if (known !== undefined) return known;
  const key = await crypto.subtle.importKey('raw', encoder.encode(text), HMAC, false, ['sign', 'verify']);
  const id = (await hashOf(`fettle machine key id\n${text}`)).slice(0, ID_CHARS);
  const one = { id, key };
  rememberIn(opened, text, one, MOST_KEYS);
  return one;
}

const ID_CHARS = 8;
