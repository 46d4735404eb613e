/** Keeps passwords out of what people and programs read. Pure. */

/** What stands between the scheme and the last `@` before the path, where a URL has it. */
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/'"]*@/gi;

/** The text with `***` in place of the user and password of every URL in it. */
export function withoutUrlSecrets(text: string): string {
  return text.replaceAll(USER_INFO, '$1***@');
}
