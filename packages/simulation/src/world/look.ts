/** One look at a machine over links that may fail: the same questions, in the same order, as production asks. */
import type { Answer, Observation, RouteProbe } from '@fettle/core';
import type { Inspection } from '@fettle/contract';
import type { Host } from './host.ts';
import type { Link } from './link.ts';
import type { Random } from './random.ts';
import { RESOURCES, type Sandbox } from './sandbox.ts';

export type Look = {
  host: Host;
  sandbox: Sandbox | undefined;
  machineId: string;
  depth: 'light' | 'deep';
  probeRoutes: boolean;
  timeoutMs: number;
  startedAt: number;
  /** The way from us to the machine. */
  link: Link;
  random: Random;
};

/** What was seen, and how long the silent ones kept us waiting. */
export type Seen = { observation: Observation; takesMs: number };

const ROUTE_OK: RouteProbe[] = [{ service: 'web', ok: true, message: '/healthz answered 200' }];
const ROUTE_BAD: RouteProbe[] = [{ service: 'web', ok: false, message: '/healthz answered 503' }];
const ROUTE_SILENT: RouteProbe[] = [
  { service: 'web', ok: false, silent: true, message: 'No answer in time' },
];
const NO_ROUTES: RouteProbe[] = [];
const SILENT = { ok: false, code: 'DEADLINE_EXCEEDED', message: 'No answer in time' } as const;
const UNREACHABLE = {
  ok: false,
  code: 'MACHINE_UNREACHABLE',
  message: 'The machine did not answer',
} as const;
const DAEMON_HEALTH = { nonce: 'n', bootId: 'boot', pid: 7, startedAt: 0, lastReportAcceptedMsAgo: null };

/** What is seen at the moment at which the question arrives at the host. */
export function lookNow(look: Look): Seen {
  const { host, sandbox, machineId, startedAt, timeoutMs } = look;
  const provider = { ok: true, value: host.inspect(machineId) } as const;
  const nothing = {
    startedAt,
    provider,
    routes: NO_ROUTES,
    pidnap: null,
    daemon: null,
    inside: null,
    versions: null,
  };
  if (provider.value.state !== 'running') return { observation: nothing, takesMs: 0 };
  if (sandbox === undefined || sandbox.power !== 'running') return { observation: nothing, takesMs: 0 };
  if (look.depth === 'light') {
    const routes = look.probeRoutes ? probe(look, sandbox) : NO_ROUTES;
    return { observation: { ...nothing, routes }, takesMs: routes === ROUTE_SILENT ? timeoutMs : 0 };
  }
  return deepLook(look, sandbox, provider);
}

function deepLook(look: Look, sandbox: Sandbox, provider: Answer<Inspection> & { ok: true }): Seen {
  const { startedAt, timeoutMs } = look;
  const routes = look.probeRoutes ? probe(look, sandbox) : NO_ROUTES;
  const pidnap = !gets(look)
    ? UNREACHABLE
    : sandbox.pidnapHung
      ? SILENT
      : ({ ok: true, value: { services: sandbox.services(), changes: sandbox.changes } } as const);
  const daemon = !gets(look) ? UNREACHABLE : sandbox.answers('daemon') ? daemonAnswer(sandbox) : SILENT;
  // The provider carries this question inside: it does not need the way to the machine.
  const inside = pidnap.ok ? null : ({ ok: true, value: { pidnapAnswers: !sandbox.pidnapHung } } as const);
  const isSilent = routes === ROUTE_SILENT || !pidnap.ok || !daemon.ok;
  const observation = { startedAt, provider, routes, pidnap, daemon, inside, versions: sandbox.versions };
  return { observation, takesMs: isSilent ? timeoutMs : 0 };
}

/** What is seen when the provider cannot be asked. */
export function lookInVain(
  startedAt: number,
  code: 'HOST_UNREACHABLE' | 'PROVIDER_FAILED',
  message: string,
): Observation {
  return {
    startedAt,
    provider: { ok: false, code, message },
    routes: NO_ROUTES,
    pidnap: null,
    daemon: null,
    inside: null,
    versions: null,
  };
}

function gets({ link, random }: Look): boolean {
  return link.trouble === null || !random.chance(Math.max(link.trouble.lost, link.trouble.answersLost));
}

function probe(look: Look, sandbox: Sandbox): RouteProbe[] {
  if (!gets(look)) return ROUTE_SILENT;
  const { web } = sandbox.processes;
  if (web.state !== 'running') return ROUTE_BAD;
  return web.hung ? ROUTE_SILENT : ROUTE_OK;
}

function daemonAnswer(sandbox: Sandbox): Observation['daemon'] & { ok: true } {
  return {
    ok: true,
    value: {
      ...DAEMON_HEALTH,
      versions: sandbox.versions,
      services: sandbox.claimedServices(),
      pidnapAnswers: sandbox.lies || !sandbox.pidnapHung,
      resources: RESOURCES,
    },
  };
}
