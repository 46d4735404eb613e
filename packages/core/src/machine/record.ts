/**
 * The one durable record of a machine. Phases are a discriminated union, so that what belongs to an incident
 * cannot exist outside one. Everything an operator sees and every decision derives from this value.
 */
import type {
  ActionRef,
  DataCopy,
  DesiredState,
  Diagnosis,
  HealthReport,
  Incident,
  Inspection,
  LedgerEntry,
  Level,
  MachineIdentity,
  MachineLimits,
  ServiceSpec,
  ServiceStatus,
  Verdict,
  VersionRefs,
  VersionSet,
} from '@fettle/contract';
import type { PermitRequest } from '../permit.ts';
import { NO_CREDENTIALS, type CredentialRecord } from './credentials.ts';
import type { Command } from './event.ts';
import { NO_FLEET_VERSIONS, type FleetVersions } from './fleet-versions.ts';
import type { Order, OutboxEntry } from './outbox.ts';
import type { Span } from './span.ts';

/** An effect that the shell carries out. Each starts something and returns; the next observation shows the result. */
export type Action =
  | { do: 'observe'; depth: 'light' | 'deep' }
  | { do: 'create'; restoreCopyId: string | null }
  | { do: 'start' }
  | { do: 'stop' }
  | { do: 'restart' }
  | { do: 'destroy' }
  | { do: 'copy' }
  /** Another image over the same disk, brought to `refs` at its start. */
  | { do: 'rebuild'; image: string; refs: VersionRefs }
  /**
   * Keeps what is known of the machine, and work that nobody else has, before this level is tried. Its time is
   * `policy.evidence.timeoutMs` from `createdAt` on, however often it is sent.
   */
  | { do: 'collect-evidence'; incident: number; level: Level }
  | { do: 'restore-work'; from: string; evidence: string }
  | { do: 'restart-services'; names: string[] }
  | { do: 'apply-versions'; refs: VersionRefs; fresh: boolean }
  /** Hands the machine a bootstrap token of this epoch, by a command that only we can sign. */
  | { do: 'bootstrap'; epoch: number }
  | ({ do: 'request-permit' } & PermitRequest);

/** An action whose outcome is not known yet. It is stored before it is sent, and sent again under the same id. */
export type PendingAction = Action & { ref: ActionRef; createdAt: number; sends: number; nextSendAt: number };

/** One try of one level: what was sent, since when it counts, and when it counts as failed. */
export type Attempt = {
  level: Level;
  /** `null`: the policy only watches, and nothing was sent. */
  actionId: string | null;
  startedAt: number;
  /** When the receiver took the action; only observations that began later say anything about it. */
  dispatchedAt: number | null;
  until: number;
  /** What the machine ran when the try began: what a successful rollback proves to be broken. */
  from: VersionSet | null;
};

/** Leave for one step, from the project. */
export type Permit = Pick<PermitRequest, 'step'> & { grantedAt: number; expiresAt: number };

/** How far the saving of a bricked machine's data has come. */
export type Salvage = { step: 'stop' | 'copy' | 'done'; actionId: string | null; until: number };

/** What was asked of the provider, and until when it may say that it works on it. */
export type Asked = { actionId: string | null; until?: number };

export type MachineState =
  | { phase: 'new'; since: number }
  | { phase: 'provisioning'; since: number; actionId: string | null }
  | { phase: 'starting'; since: number }
  | { phase: 'healthy'; since: number }
  | { phase: 'suspect'; since: number }
  | {
      phase: 'recovering';
      since: number;
      incident: Incident;
      attempt: Attempt | null;
      permit: Permit | null;
      /**
       * The evidence before the next level: being collected until `until` at the latest, or, where `actionId` is `null`,
       * over since then. `null`: none was asked for yet.
       */
      evidence: { level: Level; actionId: string | null; until: number } | null;
      /** When the project may be asked again about the same step. */
      askAgainAt: number;
    }
  | { phase: 'settling'; since: number; incident: Incident }
  | ({ phase: 'stopping'; since: number } & Asked)
  | { phase: 'stopped'; since: number }
  | { phase: 'bricked'; since: number; incident: Incident; salvage: Salvage }
  | ({ phase: 'retired'; since: number; settled: boolean } & Asked)
  | { phase: 'destroyed'; since: number };

/** What the last observation said about the ways into the machine; decides which levels can be tried. */
export type Evidence = {
  provider: Inspection['state'] | null;
  diskPresent: boolean;
  pidnapAnswers: boolean | null;
};

export type MachineRecord = {
  version: 1;
  identity: MachineIdentity;
  services: ServiceSpec[];
  limits: MachineLimits;
  initialVersions: VersionRefs;
  /** Image that it is created from; `null`: the one that its provider has for new machines. */
  initialImage: string | null;
  /** Where it may run, the preferred first. */
  regions: string[];
  restoreCopyId: string | null;
  /** What it may show to the control plane. */
  credentials: CredentialRecord;
  desired: DesiredState;
  state: MachineState;
  /** Sequence of the last action; only grows. */
  sequence: number;
  pending: PendingAction | null;
  outbox: OutboxEntry[];
  /** Commands of operators and of the project that wait for their turn. */
  commands: Extract<
    Command,
    { kind: 'restart' | 'restart-services' | 'apply-versions' | 'rebuild' | 'restore-work' | 'start' }
  >[];
  /** A change of versions or image under way on the machine. */
  change: { actionId: string; startedAt: number } | null;
  /** When the alarm, or the outcome of something that it sent, was last taken in. */
  lastTickAt: number | null;
  /** Until then what has just been started is given time. */
  startGraceUntil: number;
  /** Until then no new incident is opened, because we ourselves were away. */
  returnGraceUntil: number;
  check: {
    dueAt: number;
    startedAt: number | null;
    completedAt: number | null;
    /** Failed checks in a row, and the first and last of them. */
    failed: number;
    firstFailedAt: number | null;
    lastFailedAt: number | null;
    /** Checks in a row that found the machine gone. */
    gone: number;
  };
  report: { receivedAt: number; report: HealthReport } | null;
  inspection: Inspection | null;
  /** The newest looks, as long as they find the same. */
  span: Span | null;
  evidence: Evidence;
  /** Where the failure lies; `null` while nothing is wrong. */
  diagnosis: Diagnosis | null;
  /** Since when whoever answers as pidnap takes nothing of what we sign, and whether people were told; `null`: it does. */
  commandsRefused: { since: number; isTold: boolean } | null;
  /** The host that last had the machine. */
  host: string | null;
  /** How late the alarm was at the last tick, and at the worst one of the hour that began at `since`. */
  lag: { lastMs: number; worstMs: number; since: number } | null;
  verdict: Verdict | null;
  versions: VersionSet | null;
  /** When it was first seen with these versions. */
  versionsSince: number | null;
  /** What the project knows of versions. */
  fleet: FleetVersions;
  /** The last change that the project ordered. */
  order: Order | null;
  /** When the machine's own disk last told its versions: a report from before then says nothing of them. */
  versionsToldAt: number;
  observedServices: ServiceStatus[];
  ledger: LedgerEntry[];
  /** Recovery actions of the recent past, for the budgets. */
  spent: { at: number; level: Level }[];
  incidents: number;
  copy: { last: DataCopy | null; dueAt: number };
};

/** Who a machine is and what it is made of, before anything happened. */
export type MachineOrigin = Pick<
  MachineRecord,
  'identity' | 'services' | 'limits' | 'initialVersions' | 'initialImage' | 'regions' | 'restoreCopyId'
>;

/** A record on which nothing has been asked yet. */
export function newMachineRecord(origin: MachineOrigin, now: number): MachineRecord {
  return {
    version: 1,
    ...origin,
    credentials: NO_CREDENTIALS,
    desired: 'running',
    state: { phase: 'new', since: now },
    sequence: 0,
    pending: null,
    outbox: [],
    commands: [],
    change: null,
    lastTickAt: null,
    startGraceUntil: 0,
    returnGraceUntil: 0,
    check: {
      dueAt: now,
      startedAt: null,
      completedAt: null,
      failed: 0,
      lastFailedAt: null,
      firstFailedAt: null,
      gone: 0,
    },
    report: null,
    inspection: null,
    span: null,
    evidence: { provider: null, diskPresent: false, pidnapAnswers: null },
    diagnosis: null,
    commandsRefused: null,
    host: null,
    lag: null,
    verdict: null,
    versions: null,
    versionsSince: null,
    fleet: NO_FLEET_VERSIONS,
    order: null,
    versionsToldAt: 0,
    observedServices: [],
    ledger: [],
    spent: [],
    incidents: 0,
    copy: { last: null, dueAt: now },
  };
}

/** The incident of a machine that has one open. */
export function openIncident(state: MachineState): Incident | null {
  return state.phase === 'recovering' || state.phase === 'settling' || state.phase === 'bricked'
    ? state.incident
    : null;
}

/** Whether the machine counts as sick for the project's storm guard: from the first failed check. */
export function isSick(state: MachineState): boolean {
  return state.phase === 'suspect' || state.phase === 'recovering' || state.phase === 'bricked';
}

/**
 * Whether the provider says that a machine does not exist which was there, and is meant to be. Its last word counts
 * while it does not answer.
 */
export function isGone({ state, inspection, versions }: MachineRecord): boolean {
  if (inspection?.state !== 'absent' || versions === null) return false;
  return isMeantToWork(state.phase) || state.phase === 'bricked';
}

/** Whether a failed check in this phase says anything about the machine and what it runs. */
export function isMeantToWork(phase: MachineState['phase']): boolean {
  switch (phase) {
    case 'starting':
    case 'healthy':
    case 'suspect':
    case 'recovering':
    case 'settling':
      return true;
    case 'new':
    case 'provisioning':
    case 'stopping':
    case 'stopped':
    case 'bricked':
    case 'retired':
    case 'destroyed':
      return false;
  }
}

/** Whether the machine was given up for good: no report, command or observation brings it back. */
export function isGivenUp(state: MachineState): boolean {
  return state.phase === 'bricked' || state.phase === 'retired' || state.phase === 'destroyed';
}
