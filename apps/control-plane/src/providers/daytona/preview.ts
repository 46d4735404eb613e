import { rememberIn } from '../../bounded-memory.ts';
import type { OutgoingLimits } from '../../outgoing/fetch-outside.ts';
import type { SendRequest } from '../cloud/cloud-means.ts';
import { ProviderError } from '../machine-provider.ts';
import { asProviderError } from '../provider-failure.ts';
import type { DaytonaApi } from './daytona-api.ts';
import type { PreviewUrl } from './sandbox.ts';

const MOST_REMEMBERED = 5000;

/** Ways to ports that were found out, for all objects of this isolate. A token is good until the sandbox is started anew. */
const found = new Map<string, PreviewUrl>();

/** One port of one run of a sandbox. */
export type Preview = {
  api: DaytonaApi;
  send: SendRequest;
  limits: OutgoingLimits;
  name: string;
  port: number;
  /** Tells this run from others. */
  run: string;
};

/**
 * Sends a request to a port of a sandbox through Daytona's proxy. Daytona counts that as use of the sandbox: nobody
 * asks this way without need. `rest` is what comes after the port's own address.
 */
export async function askThroughPreview(preview: Preview, rest: string, request: Request): Promise<Response> {
  const known = found.get(keyOf(preview));
  const way = known ?? (await findWay(preview));
  const spare = known === undefined ? null : request.clone();
  const response = await ask(preview, way, rest, request);
  if (spare === null || (response.status !== 401 && response.status !== 403)) return answerOfPort(response);
  // Either the machine refuses us, or somebody has started it anew, and the token is another now.
  const fresh = await findWay(preview);
  if (fresh.token === way.token && fresh.url === way.url) return answerOfPort(response);
  await response.body?.cancel();
  return answerOfPort(await ask(preview, fresh, rest, spare));
}

async function findWay(preview: Preview): Promise<PreviewUrl> {
  const way = await preview.api.previewUrl(preview.name, preview.port);
  if (way === null) throw new ProviderError('MACHINE_NOT_FOUND', 'There is no such machine at Daytona');
  rememberIn(found, keyOf(preview), way, MOST_REMEMBERED);
  return way;
}

async function ask(
  { send, limits }: Preview,
  { url, token }: PreviewUrl,
  rest: string,
  request: Request,
): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set('x-daytona-preview-token', token);
  // Without it a person's page comes instead of the answer.
  headers.set('x-daytona-skip-preview-warning', 'true');
  const address = `${url.replace(/\/+$/, '')}${rest}`;
  try {
    return await send(new Request(address, new Request(request, { headers, redirect: 'manual' })), limits);
  } catch (error) {
    throw asProviderError(error);
  }
}

/**
 * The proxy says in this way that nobody answers at the port. A machine that answers so itself cannot be told from it,
 * and is as silent to its users.
 */
async function answerOfPort(response: Response): Promise<Response> {
  if (![502, 503, 504].includes(response.status)) return response;
  await response.body?.cancel();
  throw new ProviderError(
    'MACHINE_UNREACHABLE',
    `Daytona's proxy got no answer from the port (${response.status})`,
  );
}

function keyOf({ api, name, port, run }: Preview): string {
  return `${api.url} ${name} ${port} ${run}`;
}
