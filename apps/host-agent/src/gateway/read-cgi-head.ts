import type { Readable } from 'node:stream';
import { parseCgiHead, type CgiHead } from '../core/cgi-head.ts';

const MAX_HEAD_BYTES = 16 * 1024;

/** Reads the head off a stream and hands over the stream with the body that follows; `null` when there is no head. */
export function readCgiHead(stream: Readable, done: (head: CgiHead | null, body: Readable) => void): void {
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
