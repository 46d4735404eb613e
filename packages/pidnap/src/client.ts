import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { RPC_PREFIX, type PidnapContract } from './contract.ts';
import { createSocketFetch } from './client/socket-fetch.ts';

/** Every procedure of the contract as a typed function. */
export type PidnapClient = ContractRouterClient<PidnapContract>;

/** A request as its receiver sees it: `path` with the query, without what a proxy puts in front. */
export type RequestToSign = { method: string; path: string; body: Uint8Array<ArrayBuffer> };
/** Makes the value of the `authorization` header of a request (`@fettle/pidnap/signature`). */
export type RequestSigner = (request: RequestToSign) => Promise<string>;

/** Where pidnap is and how to get there. */
export type PidnapClientOptions =
  | {
      /** Base URL of pidnap's TCP listener, without path, e.g. `http://10.0.0.5:9876`; a path prefix of a proxy is kept. */
      url: string | URL;
      /** Proves who asks: a bearer token, or a header made for each request. */
      token: string | RequestSigner;
      /** Sends the request; the place for proxies, deadlines and provider headers. Default: the global `fetch`. */
      fetch?: (request: Request) => Promise<Response>;
    }
  | {
      /** Path of pidnap's unix socket. Node only; access is guarded by the permissions of the socket file. */
      socketPath: string;
      token?: string;
    };

/**
 * A client for one pidnap. Uses `fetch` only, so the `url` form works in workerd, browsers and Node alike.
 * Pass an `AbortSignal` per call (`client.list(undefined, { signal })`): there is no default deadline.
 */
export function createPidnapClient(options: PidnapClientOptions): PidnapClient {
  const link =
    'socketPath' in options
      ? new RPCLink({ url: `http://localhost${RPC_PREFIX}`, fetch: createSocketFetch(options.socketPath) })
      : createUrlLink(options);
  return createORPCClient(link);
}

function createUrlLink({
  url,
  token,
  fetch,
}: Extract<PidnapClientOptions, { url: string | URL }>): RPCLink<object> {
  const send = fetch ?? ((request: Request) => globalThis.fetch(request));
  const base = String(url).replace(/\/+$/, '');
  if (typeof token === 'string') {
    const headers = { authorization: `Bearer ${token}` };
    return new RPCLink({ url: `${base}${RPC_PREFIX}`, headers, fetch: (request) => send(request) });
  }
  return new RPCLink({
    url: `${base}${RPC_PREFIX}`,
    fetch: async (request) => send(await signed(request, { base, sign: token })),
  });
}

async function signed(
  request: Request,
  { base, sign }: { base: string; sign: RequestSigner },
): Promise<Request> {
  const body = new Uint8Array(await request.arrayBuffer());
  const path = request.url.slice(new URL(base).href.replace(/\/+$/, '').length);
  const headers = new Headers(request.headers);
  headers.set('authorization', await sign({ method: request.method, path, body }));
  const { method, signal, url } = request;
  return new Request(url, { method, headers, signal, ...(body.length > 0 && { body }) });
}
