import type { IncomingMessage } from 'node:http';

/**
 * A `fetch` that talks to a unix socket. `node:http` is taken from the running Node at the time of a call: this module
 * has no static import, so bundles for workerd and browsers that only use the `url` form stay free of Node.
 */
export function createSocketFetch(socketPath: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const http = globalThis.process?.getBuiltinModule?.('node:http');
    if (!http) throw new Error('A unix socket can only be reached from Node');
    const body = new Uint8Array(await request.arrayBuffer());
    const url = new URL(request.url);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = http.request(
        {
          socketPath,
          method: request.method,
          path: url.pathname + url.search,
          headers: Object.fromEntries(request.headers),
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

function toResponse(answer: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
  }
  const status = answer.statusCode ?? 500;
  const withoutBody = status === 204 || status === 304;
  return new Response(withoutBody ? null : toStream(answer), { status, headers });
}

/** The body as a web stream with back-pressure; cancelling it closes the connection. */
function toStream(answer: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream({
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
