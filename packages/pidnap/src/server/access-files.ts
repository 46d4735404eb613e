/** What is in the files that say who may ask over TCP. Pure. */

const MIN_TOKEN_CHARS = 16;
const MAX_KEYS = 4;
const PUBLIC_KEY = /^[\w-]{43}$/;

/** The bearer token in a file. Throws when it has less than 16 characters. */
export function parseToken(text: string, path: string): string {
  const token = text.trim();
  if (token.length < MIN_TOKEN_CHARS)
    throw new Error(`${path} holds less than ${MIN_TOKEN_CHARS} characters`);
  return token;
}

/** The public keys in a file, one in each line. Throws when there is none, when there are more than 4, or one is none. */
export function parseKeys(text: string, path: string): readonly string[] {
  const keys = text.split(/\s+/).filter(Boolean);
  if (keys.length === 0 || keys.length > MAX_KEYS || !keys.every((key) => PUBLIC_KEY.test(key)))
    throw new Error(
      `${path} does not hold 1 to ${MAX_KEYS} lines of 43 characters, Ed25519 public keys as base64url`,
    );
  return keys;
}
