import type { RequestSigner } from './machine-provider.ts';

/**
 * Signs a request to a port of a machine. `base`: the port's own address, which the listener does not see. Gives the
 * header, and what has to be sent in place of the request's own body, because a signed body was read whole.
 */
export async function signed(
  request: Request,
  base: string,
  sign: RequestSigner | undefined,
): Promise<{ authorization: string | null; init: Pick<RequestInit, 'body'> }> {
  if (sign === undefined) return { authorization: null, init: {} };
  const body = new Uint8Array(await request.arrayBuffer());
  const { pathname, search } = new URL(request.url);
  const below = new URL(base).pathname.replace(/\/$/, '').length;
  const path = `${pathname.slice(below) || '/'}${search}`;
  const authorization = await sign({ method: request.method, path, body });
  return { authorization, init: request.body === null ? {} : { body } };
}
