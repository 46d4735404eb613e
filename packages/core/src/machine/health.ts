/**
 * What one look at a machine says about its health. Decides nothing: it turns evidence into a verdict.
 * Must not call a machine unhealthy for what our own side could not find out.
 */
import type {
  Finding,
  HealthReport,
  Policy,
  ServiceSpec,
  ServiceStatus,
  Verdict,
  VerdictCode,
} from '@fettle/contract';
import type { Observation, RouteProbe } from './event.ts';

/** The daemon's name among the services of a machine. */
export const DAEMON = 'daemon';

export type HealthInput = {
  observation: Observation;
  services: ServiceSpec[];
  report: { receivedAt: number; report: HealthReport } | null;
  /** What has just been started is given time until then. */
  startGraceUntil: number;
  /** Reports are refused until then, because the machine's credentials were taken back: their silence says nothing. */
  noReportsUntil: number;
  now: number;
  policy: Policy;
};

type Weighed = Finding & { weight: 'unhealthy' | 'unknown' | 'hint' };

/** Most verdicts, by far, are this one. */
const HEALTHY: Verdict = { health: 'healthy', findings: [] };

/** The verdict of one check. */
export function evaluateHealth(input: HealthInput): Verdict {
  const findings = weigh(input);
  if (findings.length === 0) return HEALTHY;
  const health = findings.some((finding) => finding.weight === 'unhealthy')
    ? 'unhealthy'
    : findings.some((finding) => finding.weight === 'unknown')
      ? 'unknown'
      : 'healthy';
  // An unhealthy verdict names only what is to blame: recovery acts on what it names.
  const told = health === 'unhealthy' ? findings.filter((one) => one.weight === 'unhealthy') : findings;
  return { health, findings: told.map(({ code, service, message }) => ({ code, service, message })) };
}

/** Whether the newest report is too old to be evidence of anything. */
export function isReportLate(input: Pick<HealthInput, 'report' | 'now' | 'policy'>): boolean {
  return input.report === null || input.now - input.report.receivedAt > input.policy.report.lateAfterMs;
}

function weigh(input: HealthInput): Weighed[] {
  const { provider } = input.observation;
  if (!provider.ok) {
    const hint = finding('provider-unknown', null, `The provider did not tell: ${provider.message}`);
    return isReportLate(input)
      ? [{ ...hint, weight: 'unknown' }]
      : [{ ...hint, weight: 'hint' }, ...weighServices(input)];
  }
  switch (provider.value.state) {
    case 'absent':
      return [
        {
          ...finding('machine-gone', null, 'The provider says that the machine does not exist'),
          weight: 'unhealthy',
        },
      ];
    case 'stopped':
      return [{ ...finding('machine-stopped', null, stoppedMessage(provider.value)), weight: 'unhealthy' }];
    case 'paused':
      return [{ ...finding('machine-paused', null, 'The machine is paused'), weight: 'unhealthy' }];
    case 'creating':
    case 'starting':
    case 'stopping':
      return [patient(input, finding('starting', null, `The provider says ${provider.value.state}`))];
    case 'unknown':
      return [
        { ...finding('provider-unknown', null, 'The provider does not know the state'), weight: 'unknown' },
      ];
    case 'running':
      return [...weighSupervisor(input), ...weighDaemon(input), ...weighServices(input)];
  }
}

function stoppedMessage(inspection: { exitCode: number | null; memoryKilled: boolean }): string {
  if (inspection.memoryKilled) return 'The machine stopped: its memory ran out';
  return inspection.exitCode === null
    ? 'The machine is stopped'
    : `The machine stopped with exit code ${inspection.exitCode}`;
}

function weighSupervisor(input: HealthInput): Weighed[] {
  const { pidnap } = input.observation;
  if (pidnap === null || pidnap.ok) return [];
  return [patient(input, finding('pidnap-not-answering', null, `pidnap does not answer: ${pidnap.message}`))];
}

function weighDaemon(input: HealthInput): Weighed[] {
  const { daemon, pidnap } = input.observation;
  const late = isReportLate(input);
  const lateFinding = () => finding('report-late', DAEMON, lateMessage(input));
  if (daemon === null) return late ? [{ ...lateFinding(), weight: 'unknown' }] : [];
  if (daemon.ok) return late ? [{ ...lateFinding(), weight: 'hint' }] : [];
  // The daemon's reports still arrive although we cannot reach it: a one-way fault of the path, not of the machine.
  if (!late)
    return [
      { ...finding('daemon-not-answering', DAEMON, `No direct answer: ${daemon.message}`), weight: 'hint' },
    ];
  if (input.now < input.noReportsUntil)
    return [
      {
        ...finding('daemon-not-answering', DAEMON, `No direct answer: ${daemon.message}`),
        weight: 'unknown',
      },
    ];
  const status = pidnap?.ok ? pidnap.value.services.find((service) => service.name === DAEMON) : undefined;
  if (status?.state === 'failed')
    return [{ ...finding('daemon-down', DAEMON, downMessage(status)), weight: 'unhealthy' }];
  if (status && status.state !== 'running')
    return [patient(input, finding('daemon-down', DAEMON, downMessage(status)))];
  return [
    patient(input, finding('daemon-not-answering', DAEMON, `The daemon does not answer: ${daemon.message}`)),
  ];
}

function lateMessage(input: HealthInput): string {
  if (input.report === null) return 'The daemon has not reported yet';
  return `The last report is ${Math.round((input.now - input.report.receivedAt) / 1000)} s old`;
}

function weighServices(input: HealthInput): Weighed[] {
  const known = knownServices(input);
  return input.services.flatMap((spec) => weighService(input, spec, known));
}

/** pidnap's own answer is the freshest; a report in time comes next; anything older is no evidence. */
export function knownServices(
  input: Pick<HealthInput, 'observation' | 'report' | 'now' | 'policy'>,
): ServiceStatus[] | null {
  const { pidnap } = input.observation;
  if (pidnap?.ok) return pidnap.value.services;
  if (input.report !== null && !isReportLate(input)) return input.report.report.services;
  return null;
}

function weighService(input: HealthInput, spec: ServiceSpec, known: ServiceStatus[] | null): Weighed[] {
  const status = known?.find((service) => service.name === spec.name);
  const route = input.observation.routes.find((probe) => probe.service === spec.name);
  if (!status) return [weighByRoute(input, spec.name, route)].filter((entry) => entry !== null);
  switch (status.state) {
    case 'failed':
    case 'completed':
    case 'stopped':
      return [{ ...finding('service-down', spec.name, downMessage(status)), weight: 'unhealthy' }];
    case 'backing-off':
      return [patient(input, finding('service-restarting', spec.name, downMessage(status)))];
    case 'pending':
    case 'blocked':
    case 'starting':
    case 'stopping':
    case 'scheduled':
      return [patient(input, finding('service-restarting', spec.name, `${spec.name} is ${status.state}`))];
    case 'running':
      break;
  }
  if (status.health === 'unhealthy') {
    return [
      patient(input, finding('service-unhealthy', spec.name, `${spec.name} runs but its health check fails`)),
    ];
  }
  if (isContradicted(input.observation, spec.name)) {
    const message = `pidnap says that ${spec.name} is healthy, and from here it does not answer: ${route?.message}`;
    return [{ ...finding('service-not-answering', spec.name, message), weight: 'unknown' }];
  }
  if (route?.ok === false) {
    return [
      patient(
        input,
        finding(
          'service-not-answering',
          spec.name,
          `${spec.name} runs but does not answer: ${route.message}`,
        ),
      ),
    ];
  }
  if (status.health === 'unknown' && route?.ok !== true) {
    return [
      { ...finding('starting', spec.name, `${spec.name} has not been checked yet`), weight: 'unknown' },
    ];
  }
  return [];
}

/**
 * Whether a service is silent from here while pidnap answered in the same look and says that it is healthy. Two
 * witnesses that differ are evidence about the way, not about the service.
 */
export function isContradicted({ routes, pidnap }: Observation, service: string): boolean {
  const isSilent = routes.some((probe) => probe.service === service && probe.silent === true);
  if (!isSilent || !pidnap?.ok) return false;
  const status = pidnap.value.services.find((one) => one.name === service);
  return status?.state === 'running' && status.health === 'healthy';
}

/** Nobody inside can be asked: the witness outside can still say that the service does not answer. */
function weighByRoute(input: HealthInput, service: string, route: RouteProbe | undefined): Weighed | null {
  if (route?.ok === true) return null;
  if (route?.ok === false)
    return patient(
      input,
      finding('service-not-answering', service, `${service} does not answer: ${route.message}`),
    );
  return { ...finding('no-evidence', service, `Nothing is known of ${service}`), weight: 'unknown' };
}

/** What may only be slow counts once its time is over. */
function patient(input: HealthInput, what: Finding): Weighed {
  return { ...what, weight: input.now < input.startGraceUntil ? 'unknown' : 'unhealthy' };
}

function downMessage(status: ServiceStatus): string {
  const how = status.signal
    ? ` (${status.signal})`
    : status.exitCode === null
      ? ''
      : ` (exit code ${status.exitCode})`;
  return `${status.name} is ${status.state}${how}${status.reason ? `: ${status.reason}` : ''}`;
}

function finding(code: VerdictCode, service: string | null, message: string): Finding {
  return { code, service, message };
}
