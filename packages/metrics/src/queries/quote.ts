/**
 * A text as a literal of SQL. Throws a `RangeError` for a text with a quote, a backslash or a control character:
 * Analytics Engine does not document how they are escaped, and no name in Fettle has any.
 */
export function quote(text: string): string {
  for (const character of text) {
    if (character < ' ' || character === "'" || character === '\\' || character === '\u007f')
      throw new RangeError(
        `expected a name without quotes, backslashes and control characters, got ${JSON.stringify(text)}`,
      );
  }
  return `'${text}'`;
}
