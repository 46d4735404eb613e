/** Records of machines in the states that tests begin with; each takes overrides. */
import type { Diagnosis, FailureDomain, Incident, LedgerEntry, Level, LevelTry } from '@fettle/contract';
import {
  newMachineRecord,
  type Action,
  type Attempt,
  type MachineOrigin,
  type MachineRecord,
  type MachineState,
  type PendingAction,
  type Permit,
} from '../machine/record.ts';
import { NO_FLEET_VERSIONS, type FleetVersions } from '../machine/fleet-versions.ts';
import type { Order, OutboxEntry } from '../machine/outbox.ts';
import type { PermitRequest } from '../permit.ts';
import {
  T0,
  SECOND,
  MINUTE,
  HOUR,
  MACHINE_ID,
  commit,
  versions,
  serviceSpec,
  service,
  report,
  inspection,
  copy,
  verdict,
} from './evidence-builders.ts';

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
    initialImage: null,
    regions: [],
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
    versionsSince: T0 - HOUR,
    versionsToldAt: T0 - HOUR,
    observedServices: [service('daemon'), service('web')],
    ledger: [ledgerEntry()],
    copy: { last: copy(), dueAt: T0 + 5 * MINUTE },
    ...overrides,
  });
}

/** What the project has told a machine: that it knows nothing yet. */
export function fleet(overrides: Partial<FleetVersions> = {}): FleetVersions {
  return { ...NO_FLEET_VERSIONS, word: 1, ...overrides };
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
    evidence: [],
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
    evidence: null,
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
  return {
    kind: 'changed',
    word: 1,
    phase,
    sick: false,
    host: 'host-1',
    gone: false,
    versions: versions(),
    versionsSince: T0 - HOUR,
    proven: true,
    healthySince: phase === 'healthy' ? T0 - HOUR : null,
    incidentAt: null,
    order: null,
    ...overrides,
  };
}

/** What the project is told of a machine that was given up, and of which nothing is left. */
export function bricked(
  overrides: Partial<Extract<OutboxEntry['message'], { kind: 'bricked' }>> = {},
): Extract<OutboxEntry['message'], { kind: 'bricked' }> {
  return {
    kind: 'bricked',
    incident: incident({ outcome: 'bricked' }),
    copy: null,
    copyAgeMs: null,
    versions: { customer: 'main' },
    image: null,
    ...overrides,
  };
}

/** An order to bring the customer's code to `c`, carried out and not seen yet. */
export function ordered(overrides: Partial<Order> = {}): Order {
  return {
    id: 'a',
    status: 'running',
    message: 'under way',
    refs: { customer: commit('c') },
    image: null,
    actionId: `${MACHINE_ID}/40`,
    doneAt: T0,
    ...overrides,
  };
}

/** Leave for the first try of a level in the first incident. */
export function permit(level: Level, overrides: Partial<Permit> = {}): Permit {
  return { step: `1/${level}/1`, grantedAt: T0, expiresAt: T0 + 10 * MINUTE, ...overrides };
}

/** Evidence for a level that has been collected, before the newest look. */
export function collected(level: Level): Extract<MachineState, { phase: 'recovering' }>['evidence'] {
  return { level, actionId: null, until: T0 - SECOND };
}

/** The wish for that leave. */
export function permitRequest(
  level: Level,
  overrides: Partial<PermitRequest> = {},
): Extract<Action, { do: 'request-permit' }> {
  return {
    do: 'request-permit',
    level,
    step: `1/${level}/1`,
    host: 'host-1',
    gone: false,
    versions: versions(),
    ...overrides,
  };
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
