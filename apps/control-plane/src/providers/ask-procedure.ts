import { ORPCError } from '@orpc/client';

/**
 * Calls one procedure over oRPC's own protocol, for inputs and outputs that are plain JSON. Every healthy check of every
 * machine asks one question, and the generated client takes as much processor time for it as all the rest of the check.
 * Rejects as that client does: with an `ORPCError` for an answer that is an error, else with what `fetch` rejects with.
 */
export async function askProcedure<Output>(options: {
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
  if (response.ok) return ((await response.json()) as { json: Output }).json;
  throw errorOf(response.status, await response.text());
}

function errorOf(status: number, text: string): ORPCError<string, unknown> {
  const { code, message, data } = errorBody(text);
  const known = typeof code === 'string' ? code : 'MALFORMED_ORPC_ERROR_RESPONSE';
  return new ORPCError(known, { status, data, ...(typeof message === 'string' ? { message } : {}) });
}

function errorBody(text: string): { code?: unknown; message?: unknown; data?: unknown } {
  try {
    const { json } = JSON.parse(text) as { json?: unknown };
    return typeof json === 'object' && json !== null ? json : {};
  } catch {
    // Whatever stands between us and the host answers in words of its own; the status tells enough.
    return {};
  }
}
