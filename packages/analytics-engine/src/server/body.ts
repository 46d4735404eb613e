import type { IncomingMessage } from 'node:http';

/** Why a body was not read to its end. */
export type BodyProblem = 'too-large' | 'no-room' | 'cut-off';

/** Memory for bodies that are being received, over all requests. */
export class BodyMemory {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Reads a body. It counts until `use` is done with it. */
  async read<T>(
    request: IncomingMessage,
    maxBytes: number,
    use: (body: Buffer | BodyProblem) => Promise<T>,
  ): Promise<T> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      if (Number(request.headers['content-length'] ?? 0) > maxBytes) return await use('too-large');
      try {
        // The stream stays open when this ends early: the caller can only read an answer when it may go on sending.
        for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          this.#bytes += chunk.length;
          if (bytes > maxBytes) return await use('too-large');
          if (this.#bytes > this.#maxBytes && this.#bytes > bytes) return await use('no-room');
          chunks.push(chunk);
        }
      } catch {
        return await use('cut-off'); // the caller went away in the middle; there is nobody to tell
      }
      return await use(Buffer.concat(chunks));
    } finally {
      this.#bytes -= bytes;
    }
  }
}
