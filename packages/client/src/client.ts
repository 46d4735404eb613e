import { OPERATOR_RPC_PATH, type operatorContract } from '@fettle/contract/operator-audience';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { asFettleError } from './fettle-error.ts';
import { hear, NOTHING_HEARD, type Heard } from './heard.ts';
import { waitBeforeRepeat } from './repeat.ts';

/** Every procedure of operators as a typed function; each takes `{ signal }` besides its input. */
export type FettleClient = ContractRouterClient<typeof operatorContract>;

export type FettleClientOptions = {
  /** Base URL of a control plane; a path of its own is kept. */
  url: string;
  /** Token of operators, or what gives one for each attempt. */
  token: string | (() => string | Promise<string>);
  /** Headers besides, such as those of a service token of Cloudflare Access. */
  headers?: Readonly<Record<string, string>>;
  /**
   * How long a call may take with all its repeats. The default is above every deadline of the control plane itself, so
   * that its own error arrives.
   */
  timeoutMs?: number;
  /** How often a call is repeated at the most. */
  retries?: number;
  /** Sends the requests. */
  fetch?: (request: Request) => Promise<Response>;
};

/** What one attempt hears of its answer: the link itself tells nothing of the head. */
type Attempt = { heard: Heard };

/**
 * A client of the operator API. Calls reject with a `FettleError`, or with the reason of the caller's own signal.
 * Answers are taken as the control plane checked them, so that a newer one may tell more than this client knows.
 */
export function createFettleClient(options: FettleClientOptions): FettleClient {
  const { url, token, headers = {}, timeoutMs = 30_000, retries = 2, fetch = globalThis.fetch } = options;
  const attempts = new WeakMap<AbortSignal, Attempt>();
  const link = new RPCLink({
    url: `${url.replace(/\/+$/, '')}${OPERATOR_RPC_PATH}`,
    headers: async () => ({
      ...headers,
      authorization: `Bearer ${typeof token === 'string' ? token : await token()}`,
    }),
    fetch: async (request, { redirect }, { signal }) => {
      const response = await fetch(new Request(request, { redirect }));
      const attempt = signal === undefined ? undefined : attempts.get(signal);
      if (attempt !== undefined) attempt.heard = hear(response, Date.now());
      // A login page, or one of whatever stands in between, must not be read as an empty answer.
      if (!isJson(response)) throw new Error(`expected JSON, got ${response.headers.get('content-type')}`);
      return response;
    },
    interceptors: [
      async ({ next, ...call }) => {
        const until = Date.now() + timeoutMs;
        for (let failed = 1; ; failed++) {
          call.signal?.throwIfAborted();
          const signal = deadline(until, call.signal);
          const attempt: Attempt = { heard: NOTHING_HEARD };
          attempts.set(signal, attempt);
          try {
            return await next({ ...call, signal });
          } catch (thrown) {
            call.signal?.throwIfAborted();
            const error = asFettleError(signal.aborted ? signal.reason : thrown, attempt.heard);
            const wait = failed > retries ? null : waitBeforeRepeat(error, call.path, failed, Math.random());
            if (wait === null || Date.now() + wait >= until) throw error;
            await pause(wait, call.signal);
          }
        }
      },
    ],
  });
  return createORPCClient(link);
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') === true;
}

/** Ends at `until`, or with the caller's own signal. */
function deadline(until: number, signal: AbortSignal | undefined): AbortSignal {
  const ours = AbortSignal.timeout(Math.max(0, until - Date.now()));
  return signal === undefined ? ours : AbortSignal.any([signal, ours]);
}

/** Rejects with the signal's reason as soon as it is aborted. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
