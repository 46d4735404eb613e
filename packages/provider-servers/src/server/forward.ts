/** Headers that belong to one connection and are never passed on (RFC 9110, 7.6.1), and those that `fetch` sets itself. */
const OF_ONE_CONNECTION = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
  'accept-encoding',
];

/** The headers of a request that go on to a machine, without those that `dropped` names. */
export function passedHeaders(request: Request, dropped: readonly string[]): Headers {
  const headers = new Headers(request.headers);
  for (const name of [...OF_ONE_CONNECTION, ...dropped]) headers.delete(name);
  // What comes back is passed on as it is.
  headers.set('accept-encoding', 'identity');
  return headers;
}

/** A machine's answer, passed on while it still comes. */
export function passedResponse(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'content-encoding'])
    headers.delete(name);
  return new Response(response.body, { status: response.status, headers });
}
