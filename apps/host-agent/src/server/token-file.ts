import { readFileSync, statSync } from 'node:fs';
import { HostFailure } from '../host-failure.ts';

/** A short token is refused: it is all that stands between this computer and its users. */
const MIN_TOKEN_CHARS = 16;

/**
 * The tokens in a file, to be asked for with each request: one in a line, two at the most, so that a new one can be taken
 * before the old one is given up. The file is read again when it changes; one that is bad then changes nothing. Throws
 * when it is bad at first, without a word of it.
 */
export function openTokenFile(path: string, log: (message: string) => void): () => readonly string[] {
  let stamp = stampOf(path);
  let tokens = readTokens(path);
  return () => {
    try {
      const now = stampOf(path);
      if (now !== stamp) {
        tokens = readTokens(path);
        stamp = now;
        log(`the host token was read again: ${tokens.length} are taken`);
      }
    } catch (error) {
      log(`the host token stays as it is: ${error instanceof Error ? error.message : String(error)}`);
    }
    return tokens;
  };
}

function readTokens(path: string): readonly string[] {
  const tokens = readFileSync(path, 'utf8').split(/\s+/).filter(Boolean);
  const isGood = tokens.length >= 1 && tokens.length <= 2;
  if (isGood && tokens.every((token) => token.length >= MIN_TOKEN_CHARS)) return tokens;
  throw new HostFailure(
    'UNAUTHORIZED',
    `${path} does not hold one or two lines of at least ${MIN_TOKEN_CHARS} characters`,
  );
}

function stampOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs} ${size} ${ino}`;
}
