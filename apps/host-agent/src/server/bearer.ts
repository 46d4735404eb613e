import { createHash, timingSafeEqual } from 'node:crypto';

/** Makes a check of `Authorization: Bearer …` that takes the same time whatever is shown. */
export function bearerCheck(token: string): (header: string | undefined) => boolean {
  const expected = digest(token);
  return (header) => {
    const shown = /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '';
    // Digests have one length, so that the comparison tells nothing about the token's.
    return timingSafeEqual(digest(shown), expected);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
