/** Good values of the wire, and what looks find; each takes overrides for what a test is about. */
import {
  Policy,
  type DaemonHealth,
  type DataCopy,
  type EvidenceBundle,
  type HealthReport,
  type Inspection,
  type Operation,
  type PolicyInput,
  type ServiceSpec,
  type ServiceStatus,
  type Verdict,
  type VerdictCode,
  type VersionSet,
} from '@fettle/contract';
import * as v from 'valibot';
import type { Observation } from '../machine/event.ts';

/** When every test begins. */
export const T0 = 1_780_000_000_000;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const MACHINE_ID = 'demo.web-1.1';

/** The default policy with changes. */
export function policy(overrides: PolicyInput = {}): Policy {
  return v.parse(Policy, overrides);
}

/** A full commit hash that begins with `name`, which has to be hexadecimal. */
export function commit(name: string): string {
  return name.padEnd(40, '0');
}

/** Good versions: `a` of the platform, `b` of the customer. */
export function versions(overrides: Partial<VersionSet> = {}): VersionSet {
  return { image: 'image-1', platform: commit('a'), customer: commit('b'), ...overrides };
}

export function serviceSpec(overrides: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name: 'web',
    command: ['node', 'server.mjs'],
    port: 8080,
    healthPath: '/healthz',
    restartBudget: { maxRestarts: 5, withinMs: MINUTE },
    ...overrides,
  };
}

/** A service that runs and is healthy. */
export function service(name: string, overrides: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    name,
    state: 'running',
    health: 'healthy',
    restarts: 0,
    pid: 100,
    exitCode: null,
    signal: null,
    startedAt: T0,
    reason: null,
    ...overrides,
  };
}

/** A report of a machine on which all is well. */
export function report(overrides: Partial<HealthReport> = {}): HealthReport {
  return {
    bootId: 'boot-1',
    seq: 1,
    sentAt: T0,
    versions: versions(),
    services: [service('daemon'), service('web')],
    pidnapAnswers: true,
    resources: { cpuPercent: 3, memoryUsedMb: 80, memoryTotalMb: 512, diskUsedPercent: 12 },
    ...overrides,
  };
}

/** A machine that runs. */
export function inspection(overrides: Partial<Inspection> = {}): Inspection {
  return {
    machineId: MACHINE_ID,
    state: 'running',
    instanceId: 'instance-1',
    image: 'image-1',
    startedAt: T0,
    exitCode: null,
    memoryKilled: false,
    trouble: null,
    diskPresent: true,
    operation: null,
    lastCopy: null,
    host: 'host-1',
    ...overrides,
  };
}

export function operation(actionId: string, overrides: Partial<Operation> = {}): Operation {
  return {
    action: { id: actionId, sequence: 1 },
    kind: 'restart',
    status: 'done',
    startedAt: T0,
    finishedAt: T0,
    error: null,
    ...overrides,
  };
}

export function copy(overrides: Partial<DataCopy> = {}): DataCopy {
  return {
    copyId: 'copy-1',
    machineId: MACHINE_ID,
    takenAt: T0,
    bytes: 4096,
    sha256: 'c'.repeat(64),
    ...overrides,
  };
}

/** A bundle of evidence of which nothing is missing, and which saved no work. */
export function evidenceBundle(overrides: Partial<EvidenceBundle> = {}): EvidenceBundle {
  return {
    id: '17',
    machineId: MACHINE_ID,
    incident: 1,
    level: 3,
    takenAt: T0,
    parts: [
      { part: 'provider.json', bytes: 400 },
      { part: 'snapshots.json', bytes: 20_000 },
      { part: 'logs.txt', bytes: 9000 },
    ],
    missing: [],
    work: [],
    copyAgeMs: MINUTE,
    ...overrides,
  };
}

/** What the daemon answers on a machine on which all is well. */
export function daemonHealth(overrides: Partial<DaemonHealth> = {}): DaemonHealth {
  return {
    nonce: 'n',
    bootId: 'boot-1',
    pid: 7,
    startedAt: T0,
    versions: versions(),
    services: [service('daemon'), service('web')],
    pidnapAnswers: true,
    resources: report().resources,
    lastReportAcceptedMsAgo: 1000,
    ...overrides,
  };
}

/** A deep look at a machine on which all is well. */
export function observation(overrides: Partial<Observation> = {}): Observation {
  return {
    startedAt: T0,
    provider: { ok: true, value: inspection() },
    routes: [{ service: 'web', ok: true, message: '/healthz answered 200' }],
    pidnap: { ok: true, value: { services: [service('daemon'), service('web')], changes: [] } },
    daemon: { ok: true, value: daemonHealth() },
    inside: null,
    versions: versions(),
    ...overrides,
  };
}

/** A look that asks nobody inside. */
export function lightObservation(overrides: Partial<Observation> = {}): Observation {
  return observation({ pidnap: null, daemon: null, versions: null, ...overrides });
}

/** A look in which the provider says this of the machine, and nobody inside could be asked. */
export function providerSays(overrides: Partial<Inspection>, startedAt = T0): Observation {
  return observation({
    startedAt,
    provider: { ok: true, value: inspection(overrides) },
    routes: [],
    pidnap: null,
    daemon: null,
    versions: null,
  });
}

/** A look in which the provider did not answer. */
export function providerSilent(startedAt = T0): Observation {
  return observation({
    startedAt,
    provider: { ok: false, code: 'HOST_UNREACHABLE', message: 'connection refused' },
    routes: [],
    pidnap: null,
    daemon: null,
    versions: null,
  });
}

/** A deep look at a machine whose `web` was given up by pidnap. */
export function webDown(overrides: Partial<Observation> = {}): Observation {
  const down = service('web', { state: 'failed', exitCode: 1, pid: null, health: 'unhealthy' });
  return observation({
    routes: [{ service: 'web', ok: false, message: '/healthz answered 502' }],
    pidnap: { ok: true, value: { services: [service('daemon'), down], changes: [] } },
    ...overrides,
  });
}

export function verdict(health: Verdict['health'], ...codes: VerdictCode[]): Verdict {
  return {
    health,
    findings: codes.map((code) => ({
      code,
      service: code.startsWith('service-') ? 'web' : code.startsWith('daemon-') ? 'daemon' : null,
      message: `${code}!`,
    })),
  };
}
