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
    let bytes = 0;
    const receive = async (): Promise<Buffer | BodyProblem> => {
      if (Number(request.headers['content-length'] ?? 0) > maxBytes) return 'too-large';
      const chunks: Buffer[] = [];
      // The stream stays open when this ends early: the caller can only read an answer when it may go on sending.
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        this.#bytes += chunk.length;
        if (bytes > maxBytes) return 'too-large';
        if (this.#bytes > this.#maxBytes && this.#bytes > bytes) return 'no-room';
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    };
    try {
      // The stream fails when the caller goes away in the middle: nobody is left to be told why.
      return await use(await receive().catch(() => 'cut-off' as const));
    } finally {
      this.#bytes -= bytes;
    }
  }
}
