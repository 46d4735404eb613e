import type { ServiceSpec } from '@fettle/contract';
import {
  serviceStatuses,
  type Answer,
  type ChangeProgress,
  type Observation,
  type RouteProbe,
} from '@fettle/core';
import type { MachineProvider } from '../providers/machine-provider.ts';
import { asProviderError } from '../providers/provider-failure.ts';
import { withTimeLimit } from '../time-limit.ts';
import { askInside } from './ask-inside.ts';
import type { MachineClients } from './machine-clients.ts';
import { readVersions } from './read-versions.ts';
import { readChanges } from './version-changes.ts';

export type ObserveInput = {
  machineId: string;
  services: ServiceSpec[];
  depth: 'light' | 'deep';
  probeRoutes: boolean;
  timeoutMs: number;
  now: number;
  provider: MachineProvider;
  clients: MachineClients;
};

/**
 * One look at a machine. Never throws and ends within a few deadlines: what does not answer is part of what was seen.
 * A light look asks the provider and each service's health path from outside; a deep one also asks pidnap and the
 * daemon directly. Where asking a port keeps a machine awake, and billed, a light look asks the provider alone: health
 * is reported by the machine. Only when pidnap gives no answer to it, somebody inside the machine is asked for pidnap as well.
 */
export async function observe(input: ObserveInput): Promise<Observation> {
  const probe = () => Promise.all(input.services.map((service) => probeRoute(input, service)));
  // A light look is of a machine that was well a moment ago: both questions at once halve the time that is billed.
  const mayProbe =
    input.probeRoutes && (input.depth === 'deep' || !input.provider.capabilities.asksKeepAwake);
  const early = input.depth === 'light' && mayProbe ? probe() : null;
  const provider = await answer(input.provider.inspect(input.machineId));
  const runs = provider.ok && provider.value.state === 'running';
  const deep = runs && input.depth === 'deep';
  const [probes, pidnap, daemon] = await Promise.all([
    early ?? (runs && mayProbe ? probe() : []),
    deep ? answer(askPidnap(input)) : null,
    deep ? answer(askDaemon(input)) : null,
  ]);
  const image = provider.ok ? provider.value.image : null;
  const [versions, inside] = await Promise.all([
    daemon?.ok ? daemon.value.versions : deep && image !== null ? readVersions(input, image) : null,
    pidnap?.ok === false ? askInside(input) : null,
  ]);
  const routes = runs ? probes : [];
  const heard = await hearAgain(input, { pidnap, inside });
  return { startedAt: input.now, provider, routes, pidnap: heard, daemon, inside, versions };
}

/**
 * A pidnap that refused us and is heard inside a moment later has just started, as likely as not: it is asked once
 * more, before anybody takes that for a path that is cut. One that was silent is not; that would take too long.
 */
async function hearAgain(
  input: ObserveInput,
  { pidnap, inside }: Pick<Observation, 'pidnap' | 'inside'>,
): Promise<Observation['pidnap']> {
  const hasRefused = pidnap?.ok === false && pidnap.code === 'MACHINE_UNREACHABLE';
  return hasRefused && inside?.ok && inside.value.pidnapAnswers ? answer(askPidnap(input)) : pidnap;
}

async function answer<T>(question: Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await question };
  } catch (error) {
    const { code, message } = asProviderError(error);
    return { ok: false, code, message };
  }
}

async function askPidnap(
  input: ObserveInput,
): Promise<{ services: ReturnType<typeof serviceStatuses>; changes: ChangeProgress[] }> {
  const processes = await withTimeLimit(input.timeoutMs, (signal) =>
    input.clients.pidnap.list(undefined, { signal }),
  );
  const { machineId, timeoutMs } = input;
  const { pidnap } = input.clients;
  return {
    services: serviceStatuses(processes),
    changes: await readChanges({ machineId, processes, pidnap, timeoutMs }),
  };
}

async function askDaemon(input: ObserveInput) {
  const nonce = crypto.randomUUID();
  const health = await withTimeLimit(input.timeoutMs, (signal) =>
    input.clients.daemon.health({ nonce }, { signal }),
  );
  if (health.nonce !== nonce) throw new Error('The answer is not for this question');
  return health;
}

/**
 * Asks a service's health path from outside. Only an answer of the machine's side counts against it: when the host
 * itself is out of reach nothing is known.
 */
async function probeRoute(input: ObserveInput, service: ServiceSpec): Promise<RouteProbe> {
  const connection = input.provider.connect(input.machineId, service.name);
  try {
    const { ok, status } = await withTimeLimit(input.timeoutMs, async (signal) => {
      const request = new Request(`${connection.url}${service.healthPath}`, { signal });
      const response = await connection.fetch(request);
      await response.body?.cancel();
      return response;
    });
    return { service: service.name, ok, message: `${service.healthPath} answered ${status}` };
  } catch (error) {
    const { code, message } = asProviderError(error);
    // The host's word that it was refused, or that the connection broke, came from the machine.
    if (code === 'MACHINE_UNREACHABLE') return { service: service.name, ok: false, message };
    if (code === 'DEADLINE_EXCEEDED') return { service: service.name, ok: false, silent: true, message };
    return { service: service.name, ok: null, message };
  }
}
