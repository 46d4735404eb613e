import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { MAX_BODY_BYTES } from './body-limit.ts';
import type { WatchedFile } from './watched-file.ts';
import { createSignedRequestCheck, type RequestRefusal } from './signed-requests.ts';

/** Who may ask: whoever shows the token, or whoever signs with one of the keys for this audience. */
export type Access =
  | { readonly token: WatchedFile<string> }
  | { readonly keys: WatchedFile<readonly string[]>; readonly audience: string };

/** Looks at a request before anybody else: `body` is what it read of it, `null` when it did not. */
export type Guard = (
  request: IncomingMessage,
) => Promise<{ body: Buffer | null } | { refusal: RequestRefusal }>;

/** In a module of its own, which is loaded with the first connection over TCP. */
export function createGuard(access: Access): Guard {
  if ('token' in access) return async (request) => bearerCheck(request, access.token.current());
  return createSignedRequestCheck({
    audience: access.audience,
    keys: () => access.keys.current(),
    maxBodyBytes: MAX_BODY_BYTES,
    onRefused: (why) => console.error(`pidnap: a request over TCP was refused: ${why}`),
  });
}

/** Compares in constant time. */
function bearerCheck(
  { headers }: IncomingMessage,
  token: string,
): { body: null } | { refusal: RequestRefusal } {
  const given = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given !== undefined && timingSafeEqual(sha256(given), sha256(token))) return { body: null };
  return {
    refusal: {
      status: 401,
      code: 'UNAUTHORIZED',
      scheme: 'Bearer',
      message: 'A valid bearer token is required',
    },
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
