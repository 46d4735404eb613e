/** What Fly's words mean where its status alone does not tell. Pure. */
import type { ErrorCode } from '@fettle/contract';
import type { Problem } from '../cloud/read-answer.ts';

/** Words of the API's `status` field: the first is in the specification, the second in Fly's own client (fly-go). */
const NO_ROOM_CODES = ['insufficient_capacity', 'volume_placement_capacity'];

/**
 * Not in the specification: texts that fly-go knows (flaps_error.go), and those that users met with 400, 403, 409 and
 * 412 (github.com/Kilo-Org/cloud, pull requests 388, 412, 516 and 787). Whatever is added here is tried again later or
 * elsewhere, which harms nobody.
 */
const NO_ROOM = [
  /insufficient (cpus|memory|ips|resources)/i,
  /could not reserve resource/i,
  /no capacity/i,
  /over the allowed quota/i,
];

/** `name_taken` is in fly-go; the text comes with 409, and names the machine that has the name. */
const NAME_TAKEN = /unique machine name violation/i;
const NAMED_MACHINE = /machine ID ([0-9a-z]+) already exists/i;
const LEASED = /lease currently held by/i;
/** Registries' word for an image that they do not have (OCI distribution specification), and what it is wrapped in. */
const NO_IMAGE = /MANIFEST_UNKNOWN|manifest unknown|(image|manifest)\b.*\bnot found/i;

/** A machine of an app that is not there says nothing of the machine: the app's name is wrong, or the token's owner is. */
const NO_APP = /\bapp\b.*\bnot found|could not find app/i;

/** The code for a refusal. */
export function flyWords({ status, code, message }: Problem): ErrorCode | null {
  if (status === 429 || status < 400) return null;
  if (NO_ROOM_CODES.includes(code ?? '') || NO_ROOM.some((text) => text.test(message))) return 'NO_CAPACITY';
  if (code === 'name_taken' || NAME_TAKEN.test(message) || LEASED.test(message)) return 'CONFLICT';
  if (NO_APP.test(message)) return 'PROVIDER_FAILED';
  return NO_IMAGE.test(message) ? 'IMAGE_NOT_FOUND' : null;
}

/** The id of the machine that has the name which was asked for, where the refusal tells it. */
export function machineNamedIn(message: string): string | null {
  return NAMED_MACHINE.exec(message)?.[1] ?? null;
}
