import { ProjectName, SlotName } from '@fettle/contract';
import * as v from 'valibot';
import { rememberIn } from '../bounded-memory.ts';
import type { Env } from '../env.ts';
import { log } from '../log.ts';
import { machineObject } from '../machine/machine-object.ts';
import type { Route } from '../project/project.ts';
import type { MachineConnection } from '../providers/machine-provider.ts';
import { providerOf } from '../providers/provider-of.ts';
import { knownJournal } from '../providers/stored-journal.ts';
import { secured } from '../security-headers.ts';
import { headersFromService, headersToService } from './slot-headers.ts';

/** How long a customer's service may take for its answer, to the end of it. */
const TIMEOUT_MS = 30_000;

/** Journals that one isolate remembers, by machine. */
const MAX_JOURNALS = 4096;

/** What the journals of machines hold, as it was when somebody last needed it. */
const journals = new Map<string, unknown>();

/** Whether a request is for a slot: by its host, where slots have one of their own, else by its path. */
export function isForSlots({ hostname, pathname }: URL, { FETTLE_SLOTS_HOST: host }: Env): boolean {
  return host === undefined ? pathname.startsWith('/s/') : hostname === host;
}

/** `/s/<project>/<slot>/…`: traffic to whatever machine the slot leads to now. */
export async function routeToSlot(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  const [, prefix, project, slot, ...rest] = url.pathname.split('/');
  if (prefix !== 's' || !v.is(ProjectName, project) || !v.is(SlotName, slot))
    return plain(404, 'There is no such slot');
  // Anybody asks, of any name. An object that is asked for nothing that it has keeps nothing; the directory, which is one
  // for all, is not asked here.
  const route = await env.PROJECTS.getByName(project).route(slot);
  if (!route.ok) return plain(404, route.message);
  const { machineId, service, type } = route.value;
  if (machineId === null) return plain(503, `${slot} leads to no machine at the moment`);
  try {
    const connection = await wayTo(env, { machineId, service, type });
    const target = `${connection.url}/${rest.join('/')}${url.search}`;
    const answer = await connection.fetch(new Request(target, passedOn(request)));
    const shared = env.FETTLE_SLOTS_HOST === undefined;
    const headers = headersFromService(answer.headers, { below: `/s/${project}/${slot}/`, shared });
    return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
  } catch (error) {
    log.warn(`no way to ${machineId}`, error);
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
function passedOn(request: Request): RequestInit {
  const headers = headersToService(request.headers);
  return { method: request.method, headers, body: request.body, signal: AbortSignal.timeout(TIMEOUT_MS) };
}

function plain(status: number, text: string): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  return secured(new Response(`${text}\n`, { status, headers }));
}
