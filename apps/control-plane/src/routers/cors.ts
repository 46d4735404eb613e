/** Which pages of other origins may read answers of the API: none, unless settings name them. Pure. */
import { OPERATOR_API } from '@fettle/contract';

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS = 'authorization, content-type';
const EXPOSED = 'x-request-id, retry-after';
/** Seconds that a browser remembers an answer to its question. */
const MAX_AGE = '600';

/**
 * The origins of a list with commas. What is no origin, as a browser writes it, is none: neither `*`, nor `null`, which
 * every sandboxed page has, nor a text with a path.
 */
export function corsOrigins(list: string | undefined): ReadonlySet<string> {
  const origins = (list ?? '').split(',').map((origin) => origin.trim());
  return new Set(origins.filter(isOrigin));
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** The answer to a browser that asks whether a page may send a request; `null`: this is no such question. */
export function preflight(request: Request, origins: ReadonlySet<string>): Response | null {
  const { method, headers } = request;
  if (method !== 'OPTIONS' || !isApi(request) || !headers.has('access-control-request-method')) return null;
  const origin = headers.get('origin');
  if (origin === null || !origins.has(origin))
    return new Response(null, { status: 403, headers: { vary: 'origin' } });
  return new Response(null, {
    status: 204,
    headers: {
      ...shownTo(origin),
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': MAX_AGE,
    },
  });
}

/** Lets a page read an answer of the API, when its origin is one of `origins`. Changes the answer's headers. */
export function showTo(request: Request, response: Response, origins: ReadonlySet<string>): Response {
  if (!isApi(request) || origins.size === 0) return response;
  response.headers.append('vary', 'origin');
  const origin = request.headers.get('origin');
  if (origin === null || !origins.has(origin)) return response;
  for (const [name, value] of Object.entries(shownTo(origin)))
    if (name !== 'vary') response.headers.set(name, value);
  return response;
}

/** Without credentials: a token is shown by the page itself, and what a browser adds by itself counts for nothing. */
function shownTo(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
    vary: 'origin',
  };
}

function isApi(request: Request): boolean {
  return new URL(request.url).pathname.startsWith(`${OPERATOR_API}/`);
}
