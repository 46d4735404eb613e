/**
 * The few parts of `node:http` that are used. Written out here, because this module is compiled by everybody who uses
 * the client, also where the types of Node do not exist.
 */
interface Http {
  request(
    options: {
      socketPath: string;
      method: string;
      path: string;
      headers: Record<string, string>;
      signal: AbortSignal;
    },
    onAnswer: (answer: HttpAnswer) => void,
  ): { once(event: 'error', listener: (error: Error) => void): unknown; end(body: Uint8Array): void };
}

interface HttpAnswer extends AsyncIterable<Uint8Array> {
  readonly statusCode?: number;
  readonly headers: Record<string, string | string[] | undefined>;
  destroy(): void;
}

/**
 * A `fetch` that talks to a unix socket. `node:http` is taken from the running Node at the time of a call: this module
 * imports nothing, so bundles for workerd and browsers that only use the `url` form stay free of Node.
 */
export function createSocketFetch(socketPath: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const http = nodeHttp();
    const body = new Uint8Array(await request.arrayBuffer());
    const url = new URL(request.url);
    const answer = await new Promise<HttpAnswer>((resolve, reject) => {
      const outgoing = http.request(
        {
          socketPath,
          method: request.method,
          path: url.pathname + url.search,
          headers: { ...headersOf(request), 'content-length': String(body.byteLength) },
          signal: request.signal,
        },
        resolve,
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
    return toResponse(answer);
  };
}

function nodeHttp(): Http {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const http = process?.getBuiltinModule?.('node:http');
  if (!http) throw new Error('A unix socket can only be reached from Node');
  return http as Http;
}

function headersOf(request: Request): Record<string, string> {
  const headers: Record<string, string> = {};
  request.headers.forEach((value, name) => (headers[name] = value));
  return headers;
}

function toResponse(answer: HttpAnswer): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) headers.append(name, one);
  }
  const status = answer.statusCode ?? 500;
  const withoutBody = status === 204 || status === 304;
  return new Response(withoutBody ? null : toStream(answer), { status, headers });
}

/** The body as a web stream with back-pressure; cancelling it closes the connection. */
function toStream(answer: HttpAnswer): ReadableStream<Uint8Array> {
  const chunks = answer[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(new Uint8Array(next.value));
    },
    cancel() {
      answer.destroy();
    },
  });
}
