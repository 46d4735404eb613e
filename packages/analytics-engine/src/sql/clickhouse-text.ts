/** Characters that ClickHouse reads as escapes in quoted text, and control characters, which nothing should print. */
const ESCAPED = /[\\'`]|\p{Cc}/gu;

/** A String literal of ClickHouse. */
export function quoteString(value: string): string {
  return `'${value.replaceAll(ESCAPED, escape)}'`;
}

/** A name of ClickHouse; whatever it holds, it is one name. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll(ESCAPED, escape)}\``;
}

/** An escape of two hex digits is a byte, so it can stand for a character below 128 only. */
function escape(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= 0x80) return character;
  return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, '0')}` : `\\${character}`;
}
