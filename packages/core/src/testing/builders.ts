/** Values for tests: each is a good one, and takes overrides for what the test is about. */
import {
  Policy,
  type DataCopy,
  type Diagnosis,
  type FailureDomain,
  type HealthReport,
  type Incident,
  type Inspection,
  type LedgerEntry,
  type Level,
  type LevelTry,
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
import type { PermitRequest } from '../permit.ts';
import {
  newMachineRecord,
  type Action,
  type Attempt,
  type MachineOrigin,
  type MachineRecord,
  type MachineState,
  type OutboxEntry,
  type Permit,
  type PendingAction,
} from '../machine/record.ts';

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

/** A deep look at a machine on which all is well. */
export function observation(overrides: Partial<Observation> = {}): Observation {
  return {
    startedAt: T0,
    provider: { ok: true, value: inspection() },
    routes: [{ service: 'web', ok: true, message: '/healthz answered 200' }],
    pidnap: { ok: true, value: { services: [service('daemon'), service('web')], changes: [] } },
    daemon: {
      ok: true,
      value: {
        nonce: 'n',
        bootId: 'boot-1',
        pid: 7,
        startedAt: T0,
        versions: versions(),
        services: [service('daemon'), service('web')],
        pidnapAnswers: true,
        resources: report().resources,
        lastReportAcceptedMsAgo: 1000,
      },
    },
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

export function ledgerEntry(overrides: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    versions: versions(),
    state: 'works',
    firstSeenAt: T0 - HOUR,
    lastSeenAt: T0,
    healthySince: T0 - HOUR,
    provenAt: T0 - 55 * MINUTE,
    healthyChecks: 120,
    failedChecks: 0,
    ...overrides,
  };
}

export function origin(overrides: Partial<MachineOrigin> = {}): MachineOrigin {
  return {
    identity: {
      machineId: MACHINE_ID,
      organization: 'acme',
      project: 'demo',
      slot: 'web-1',
      generation: 1,
      type: 'local-docker',
    },
    services: [serviceSpec()],
    limits: { memoryMb: 512, cpus: 1, pids: 256 },
    initialVersions: { platform: 'main', customer: 'main' },
    restoreCopyId: null,
    ...overrides,
  };
}

/** A record. Without overrides nothing has been asked of it yet. */
export function machine(overrides: Partial<MachineRecord> = {}): MachineRecord {
  return { ...newMachineRecord(origin(), T0), ...overrides };
}

/** The record of a machine that has been healthy for an hour, reported just now, and is to be looked at in 30 s. */
export function healthyMachine(overrides: Partial<MachineRecord> = {}): MachineRecord {
  return machine({
    state: { phase: 'healthy', since: T0 - HOUR },
    sequence: 40,
    lastTickAt: T0,
    check: { ...machine().check, dueAt: T0 + 30 * SECOND, startedAt: T0, completedAt: T0 },
    report: { receivedAt: T0, report: report() },
    inspection: inspection(),
    evidence: { provider: 'running', diskPresent: true, pidnapAnswers: true },
    host: 'host-1',
    verdict: verdict('healthy'),
    versions: versions(),
    versionsToldAt: T0 - HOUR,
    observedServices: [service('daemon'), service('web')],
    ledger: [ledgerEntry()],
    copy: { last: copy(), dueAt: T0 + 5 * MINUTE },
    ...overrides,
  });
}

/** Where a failure lies, in words of its own. */
export function diagnosis(domain: FailureDomain): Diagnosis {
  return { domain, message: `${domain}!` };
}

export function incident(overrides: Partial<Incident> = {}): Incident {
  return {
    number: 1,
    firstFailedAt: T0 - MINUTE,
    openedAt: T0,
    cause: verdict('unhealthy', 'service-down').findings,
    diagnosis: diagnosis('service'),
    tries: [],
    held: null,
    healedAt: null,
    closedAt: null,
    outcome: null,
    healedBy: null,
    ...overrides,
  };
}

export function levelTry(overrides: Partial<LevelTry> = {}): LevelTry {
  return {
    level: 1,
    attempt: 1,
    outcome: 'failed',
    reason: 'still-unhealthy',
    message: 'restart web',
    startedAt: T0,
    endedAt: T0,
    ...overrides,
  };
}

export function attempt(overrides: Partial<Attempt> = {}): Attempt {
  return {
    level: 1,
    actionId: `${MACHINE_ID}/40`,
    startedAt: T0,
    dispatchedAt: T0,
    until: T0 + 2 * MINUTE,
    from: versions(),
    ...overrides,
  };
}

/** The state of a machine whose incident is open, on which nothing is under way. */
export function recovering(
  overrides: Partial<Extract<MachineState, { phase: 'recovering' }>> = {},
): Extract<MachineState, { phase: 'recovering' }> {
  return {
    phase: 'recovering',
    since: T0,
    incident: incident(),
    attempt: null,
    permit: null,
    askAgainAt: T0,
    ...overrides,
  };
}

/** A sick machine whose incident has just been opened by a look that found `web` down. */
export function sickMachine(overrides: Partial<MachineRecord> = {}): MachineRecord {
  const healthy = healthyMachine();
  return {
    ...healthy,
    state: recovering(),
    incidents: 1,
    verdict: verdict('unhealthy', 'service-down'),
    diagnosis: diagnosis('service'),
    check: { ...healthy.check, failed: 3, firstFailedAt: T0 - MINUTE, lastFailedAt: T0 },
    ...overrides,
  };
}

/** What the project is told of a machine's new phase. */
export function changed(
  phase: MachineState['phase'],
  overrides: Partial<Extract<OutboxEntry['message'], { kind: 'changed' }>> = {},
): Extract<OutboxEntry['message'], { kind: 'changed' }> {
  return { kind: 'changed', word: 1, phase, sick: false, host: 'host-1', gone: false, ...overrides };
}

/** Leave for the first try of a level in the first incident. */
export function permit(level: Level, overrides: Partial<Permit> = {}): Permit {
  return { step: `1/${level}/1`, expiresAt: T0 + 10 * MINUTE, ...overrides };
}

/** The wish for that leave. */
export function permitRequest(
  level: Level,
  overrides: Partial<PermitRequest> = {},
): Extract<Action, { do: 'request-permit' }> {
  return { do: 'request-permit', level, step: `1/${level}/1`, host: 'host-1', gone: false, ...overrides };
}

/** An action that has been sent once and waits for its outcome. */
export function pending(action: Action, overrides: Partial<PendingAction> = {}): PendingAction {
  const sent = {
    ...action,
    ref: { id: `${MACHINE_ID}/40`, sequence: 40 },
    createdAt: T0,
    sends: 1,
    nextSendAt: T0 + SECOND,
  };
  return { ...sent, ...overrides } as PendingAction;
}
