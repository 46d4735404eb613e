import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { RPC_PREFIX, type PidnapContract } from './contract.ts';
import { createSocketFetch } from './client/socket-fetch.ts';

/** Every procedure of the contract as a typed function. */
export type PidnapClient = ContractRouterClient<PidnapContract>;

/** Where pidnap is and how to get there. */
export type PidnapClientOptions =
  | {
      /** Base URL of pidnap's TCP listener, without path, e.g. `http://10.0.0.5:9876`; a path prefix of a proxy is kept. */
      url: string | URL;
      /** Bearer token. */
      token: string;
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
  return new RPCLink({
    url: `${String(url).replace(/\/+$/, '')}${RPC_PREFIX}`,
    headers: () => ({ authorization: `Bearer ${token}` }),
    fetch: (request) => send(request),
  });
}
