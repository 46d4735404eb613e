import { readFileSync, statSync } from 'node:fs';

const MIN_TOKEN_CHARS = 16;

/** The bearer token in a file. The file is read again when it changes: a token is rotated without a restart. */
export class TokenFile {
  readonly #path: string;
  #stamp: string;
  #token: string;

  /** Throws when the file cannot be read or holds less than 16 characters. */
  constructor(path: string) {
    this.#path = path;
    this.#stamp = stampOf(path);
    this.#token = readToken(path);
  }

  /** The token that is valid now. */
  current(): string {
    try {
      const stamp = stampOf(this.#path);
      if (stamp !== this.#stamp) [this.#stamp, this.#token] = [stamp, readToken(this.#path)];
    } catch (error) {
      // In the middle of a rotation, or gone: the token that was valid stays valid until a good one is there.
      console.error(`pidnap: token file ${this.#path} is not readable: ${String(error)}`);
    }
    return this.#token;
  }
}

function stampOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs} ${size} ${ino}`;
}

function readToken(path: string): string {
  const token = readFileSync(path, 'utf8').trim();
  if (token.length < MIN_TOKEN_CHARS)
    throw new Error(`${path} holds less than ${MIN_TOKEN_CHARS} characters`);
  return token;
}
