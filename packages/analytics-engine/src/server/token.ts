import { createHash, timingSafeEqual } from 'node:crypto';

/** What is wrong with the credentials of a request; `null` when they are right. */
export type TokenProblem = 'missing' | 'malformed' | 'wrong';

/** Compares the header `Authorization: Bearer …` with the token, in a time that tells nothing of it. */
export function checkToken(header: string | undefined, token: string): TokenProblem | null {
  if (header === undefined) return 'missing';
  const given = /^Bearer ([^\s]+)\s*$/i.exec(header)?.[1];
  if (given === undefined) return 'malformed';
  return timingSafeEqual(digest(given), digest(token)) ? null : 'wrong';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
