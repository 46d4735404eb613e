/**
 * A body of unknown length has to be read into memory, of which all requests of an isolate have 128 MB together: a few
 * large ones at a time would end those of everybody else. Our daemons say the length of what they store.
 */
export const MOST_WITHOUT_LENGTH = 1024 * 1024;

/**
 * The body of a request as something of a known length, or `null` when it is longer than `most` bytes. A length that is
 * declared is believed, because HTTP ends a body there, and such a body goes on as a stream; one without is read until it
 * ends, or `MOST_WITHOUT_LENGTH` or `most` bytes have come.
 */
export async function boundedBody(
  { headers, body }: Pick<Request, 'headers' | 'body'>,
  most: number,
): Promise<ReadableStream | Uint8Array | null> {
  if (body === null) return new Uint8Array();
  const length = headers.get('content-length');
  if (length !== null && /^\d+$/.test(length)) return Number(length) <= most ? body : null;
  const mostRead = Math.min(most, MOST_WITHOUT_LENGTH);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels what is left of the body.
    if (bytes > mostRead) return null;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
