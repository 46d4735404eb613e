import { ProjectName, SlotName } from '@fettle/contract';
import * as v from 'valibot';
import type { Env } from '../env.ts';
import { LocalProvider } from '../providers/local-provider.ts';

/** How long a customer's service may take to begin its answer. */
const TIMEOUT_MS = 30_000;

/** `/s/<project>/<slot>/…`: traffic to whatever machine the slot leads to now. */
export async function routeToSlot(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  const [, , project, slot, ...rest] = url.pathname.split('/');
  if (!v.is(ProjectName, project) || !v.is(SlotName, slot)) return plain(404, 'There is no such slot');
  const route = await env.PROJECTS.getByName(project).route(slot);
  if (!route.ok) return plain(404, route.message);
  if (route.value.machineId === null) return plain(503, `${slot} leads to no machine at the moment`);
  const { machineId, service } = route.value;
  const provider = new LocalProvider({
    url: env.FETTLE_HOST_URL,
    token: env.FETTLE_HOST_TOKEN,
    timeoutMs: TIMEOUT_MS,
  });
  const connection = provider.connect(machineId, service);
  const target = `${connection.url}/${rest.join('/')}${url.search}`;
  try {
    return await connection.fetch(new Request(target, withoutCredentials(request)));
  } catch (error) {
    console.warn(`no way to ${machineId}`, error);
    return plain(502, `${slot} did not answer`);
  }
}

/** A visitor's headers must not reach the host-agent as if they were ours. */
function withoutCredentials(request: Request): RequestInit {
  const headers = new Headers(request.headers);
  headers.delete('authorization');
  return { method: request.method, headers, body: request.body, signal: AbortSignal.timeout(TIMEOUT_MS) };
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
