import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an `authorization` header carries the token. Takes the same time whatever the header: both sides are hashed
 * first, so that neither content nor length shows.
 */
export function carriesToken(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
