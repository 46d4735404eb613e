/** Reads the head of what a CGI program answers. Pure. */

/** The head of a CGI program's answer (RFC 3875, 6). */
export interface CgiHead {
  status: number;
  headers: Record<string, string>;
}

/** Parses the lines before the empty one; a `Status` line becomes the status, 200 without one. */
export function parseCgiHead(text: string): CgiHead {
  const head: CgiHead = { status: 200, headers: {} };
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') head.status = Number.parseInt(value, 10) || 500;
    else head.headers[name] = value;
  }
  return head;
}
