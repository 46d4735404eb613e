import { OPERATOR_API } from '@fettle/contract';
import type { Env } from '../env.ts';

/** Where the API is told of, and the file of the assets that tells it. They hold no secret and are for everybody. */
const FILES: ReadonlyMap<string, string> = new Map([
  [`${OPERATOR_API}/openapi.json`, '/openapi.json'],
  // The assets have it as `reference.html`, and serve it by its name without an ending.
  ['/reference', '/reference'],
  ['/reference.css', '/reference.css'],
]);

/** The page has a style sheet and nothing else. */
const POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The OpenAPI document and the page that is made of it; `null` for any other path, and where no assets are bound. They
 * are assets and no part of the Worker: 400 KB that it would otherwise read at every start.
 */
export async function apiReference(request: Request, env: Env): Promise<Response | null> {
  const url = new URL(request.url);
  const file = FILES.get(url.pathname);
  if (file === undefined || env.ASSETS === undefined || request.method !== 'GET') return null;
  const found = await env.ASSETS.fetch(new URL(file, url));
  if (!found.ok) return null;
  const answer = new Response(found.body, found);
  answer.headers.set('content-security-policy', POLICY);
  return answer;
}
