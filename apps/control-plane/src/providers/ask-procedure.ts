import { ORPCError } from '@orpc/client';

/**
 * Calls one procedure over oRPC's own protocol, for inputs and outputs that are plain JSON objects. Every healthy check
 * of every machine asks one question, and the generated client takes as much processor time for it as all the rest of
 * the check. Rejects with an `ORPCError` for an answer that is an error or none at all, else with what `fetch` rejects
 * with.
 */
export async function askProcedure<Output extends object>(options: {
  url: string;
  token: string;
  input: unknown;
  signal: AbortSignal;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}): Promise<Output> {
  const { url, token, input, signal } = options;
  const response = await options.fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ json: input }),
    signal,
  });
  const answer = objectIn(await response.text());
  if (response.ok && answer !== null) return answer as Output;
  throw errorOf(response.ok ? BAD_GATEWAY : response.status, answer ?? {});
}

/** What whoever stands between us and the host might have answered instead. */
const BAD_GATEWAY = 502;

function errorOf(status: number, { code, message, data }: ErrorBody): ORPCError<string, unknown> {
  const known = typeof code === 'string' ? code : 'MALFORMED_ORPC_ERROR_RESPONSE';
  return new ORPCError(known, { status, data, ...(typeof message === 'string' ? { message } : {}) });
}

type ErrorBody = { code?: unknown; message?: unknown; data?: unknown };

/** The object that an answer holds; `null` when it holds none. */
function objectIn(text: string): object | null {
  try {
    const { json } = JSON.parse(text) as { json?: unknown };
    return typeof json === 'object' ? json : null;
  } catch {
    // Whatever stands between us and the host answers in words of its own; the status tells enough.
    return null;
  }
}
