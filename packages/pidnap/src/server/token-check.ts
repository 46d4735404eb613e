import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

const MIN_TOKEN_CHARS = 16;

/**
 * Compares bearer tokens with the one in a file, in constant time. The file is read again when it changes, so a token
 * can be rotated without a restart. Throws when the file cannot be read or holds less than 16 characters.
 */
export function createTokenCheck(tokenFile: string): (authorization: string | undefined) => boolean {
  let stamp = stampOf(tokenFile);
  let digest = readDigest(tokenFile);
  return (authorization) => {
    try {
      const newStamp = stampOf(tokenFile);
      if (newStamp !== stamp) [stamp, digest] = [newStamp, readDigest(tokenFile)];
    } catch (error) {
      // In the middle of a rotation, or gone: the token that was valid stays valid until a good one is there.
      console.error(`pidnap: token file ${tokenFile} is not readable: ${String(error)}`);
    }
    const given = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(sha256(given), digest);
  };
}

function stampOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs} ${size} ${ino}`;
}

function readDigest(path: string): Buffer {
  const token = readFileSync(path, 'utf8').trim();
  if (token.length < MIN_TOKEN_CHARS)
    throw new Error(`${path} holds less than ${MIN_TOKEN_CHARS} characters`);
  return sha256(token);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
