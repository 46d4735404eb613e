import type { Readable } from 'node:stream';

/** The head of a CGI program's answer (RFC 3875, 6). */
export interface CgiHead {
  status: number;
  headers: Record<string, string>;
}

const MAX_HEAD_BYTES = 16 * 1024;

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

/** Reads the head off a stream and hands over the stream with the body that follows; `null` when there is no head. */
export function cgiHead(stream: Readable, done: (head: CgiHead | null, body: Readable) => void): void {
  let read = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    read = Buffer.concat([read, chunk]);
    const end = /\r?\n\r?\n/.exec(read.toString('latin1', 0, MAX_HEAD_BYTES));
    if (end === null && read.length < MAX_HEAD_BYTES) return;
    stop();
    if (end === null) return done(null, stream);
    stream.pause();
    const body = read.subarray(end.index + end[0].length);
    if (body.length > 0) stream.unshift(body);
    done(parseCgiHead(read.toString('latin1', 0, end.index)), stream);
  };
  const onEnd = () => {
    stop();
    done(null, stream);
  };
  function stop() {
    stream.off('data', onData);
    stream.off('end', onEnd);
  }
  stream.on('data', onData);
  stream.on('end', onEnd);
}
