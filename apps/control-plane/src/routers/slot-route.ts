import { ProjectName, SlotName } from '@fettle/contract';
import * as v from 'valibot';
import { rememberIn } from '../bounded-memory.ts';
import type { Env } from '../env.ts';
import { machineObject } from '../machine/machine-object.ts';
import type { Route } from '../project/project.ts';
import type { MachineConnection } from '../providers/machine-provider.ts';
import { providerOf } from '../providers/provider-of.ts';
import { knownJournal } from '../providers/stored-journal.ts';

/** How long a customer's service may take to begin its answer. */
const TIMEOUT_MS = 30_000;

/** Journals that one isolate remembers, by machine. */
const MAX_JOURNALS = 4096;

/** What the journals of machines hold, as it was when somebody last needed it. */
const journals = new Map<string, unknown>();

/** `/s/<project>/<slot>/…`: traffic to whatever machine the slot leads to now. */
export async function routeToSlot(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  const [, , project, slot, ...rest] = url.pathname.split('/');
  if (!v.is(ProjectName, project) || !v.is(SlotName, slot)) return plain(404, 'There is no such slot');
  const route = await env.PROJECTS.getByName(project).route(slot);
  if (!route.ok) return plain(404, route.message);
  const { machineId, service, type } = route.value;
  if (machineId === null) return plain(503, `${slot} leads to no machine at the moment`);
  try {
    const connection = await wayTo(env, { machineId, service, type });
    const target = `${connection.url}/${rest.join('/')}${url.search}`;
    return await connection.fetch(new Request(target, withoutCredentials(request)));
  } catch (error) {
    console.warn(`no way to ${machineId}`, error);
    journals.delete(machineId);
    return plain(502, `${slot} did not answer`);
  }
}

/** Machines of a cloud are found by what their journal holds; it is asked for once, and again after a failure. */
async function wayTo(env: Env, to: Route & { machineId: string }): Promise<MachineConnection> {
  const { machineId, service, type } = to;
  if (type !== 'local-docker' && !journals.has(machineId))
    rememberIn(journals, machineId, await machineObject(env, to).providerJournal(), MAX_JOURNALS);
  const journal = knownJournal(journals.get(machineId) ?? null);
  return providerOf(type, env, { journal, timeoutMs: TIMEOUT_MS }).connect(machineId, service);
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
