/**
 * Whether an `authorization` header carries the token. Takes the same time whatever the header: both sides are hashed
 * first, so that neither content nor length shows.
 */
export function carriesToken(header: string | undefined, token: string): boolean {
  // Loaded with the first request that needs it: it takes 3 MB, and most daemons get none.
  const { createHash, timingSafeEqual } = process.getBuiltinModule('node:crypto');
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}
