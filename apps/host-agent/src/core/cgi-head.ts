/** Reads the head of what a CGI program answers. Pure. */

/** The head of a CGI program's answer (RFC 3875, 6). */
export interface CgiHead {
  status: number;
  headers: Record<string, string>;
}

/** What HTTP takes as the name and the value of a header (RFC 9110, 5.1 and 5.5). */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Parses the lines before the empty one; a `Status` line becomes the status, 200 without one, 500 when it is none. A line
 * that HTTP would not take as a header is left out.
 */
export function parseCgiHead(text: string): CgiHead {
  const head: CgiHead = { status: 200, headers: {} };
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') head.status = /^[1-5]\d\d\b/.test(value) ? Number.parseInt(value, 10) : 500;
    else if (NAME.test(name) && VALUE.test(value)) head.headers[name] = value;
  }
  return head;
}
