/** Everything that can happen to a machine, as `decide` takes it. */
import type {
  AuditEntry,
  DaemonHealth,
  ErrorCode,
  EvidenceBundle,
  HealthReport,
  Inspection,
  Origin,
  ServiceStatus,
  VersionRefs,
  VersionSet,
} from '@fettle/contract';
import type { PermitAnswer } from '../permit.ts';
import type { FleetVersions } from './fleet-versions.ts';

/** What somebody asks of a machine: an operator, or the project that owns it. */
export type Command =
  | { kind: 'provision' }
  | { kind: 'start' }
  | { kind: 'stop' }
  | { kind: 'restart' }
  | { kind: 'restart-services'; names: string[] }
  /** `order`: the project's name for this change, told back to it with what came of it; a repeat changes nothing. */
  | { kind: 'apply-versions'; refs: VersionRefs; order: string | null }
  /** Another image over the same disk; `refs`: what it is to start with, `null`: what it has. */
  | { kind: 'rebuild'; image: string; refs: VersionRefs | null; order: string | null }
  /** Brings saved work of this slot back into the checkouts. */
  | { kind: 'restore-work'; from: string; evidence: string }
  /** What the project knows of versions. An older word than the last one says nothing. */
  | { kind: 'adopt-fleet'; fleet: FleetVersions }
  /** Takes every credential of the machine back and hands it new ones. */
  | { kind: 'revoke-credentials'; reason: string }
  | { kind: 'retire' }
  | { kind: 'destroy' };

/** How an effect ended for the one who asked: taken by the receiver, or not. */
export type Outcome =
  | { ok: true }
  | { ok: true; permit: PermitAnswer }
  | { ok: true; evidence: EvidenceBundle }
  | { ok: false; code: ErrorCode; message: string; retryable: boolean };

/** An answer, or why there is none. */
export type Answer<T> = { ok: true; value: T } | { ok: false; code: ErrorCode; message: string };

/** Whether a service's health path answered from outside. */
export type RouteProbe = {
  service: string;
  /** `null`: our own side failed, nothing is known. */
  ok: boolean | null;
  /** Nothing came in time, which may be the fault of the way; a refusal and a wrong answer came from the machine. */
  silent?: boolean;
  message: string;
};

/** A version change that pidnap runs or ran, by its action id. */
export type ChangeProgress = { actionId: string; status: 'running' | 'done' | 'failed'; message: string };

/** What one look at a machine found. Parts that were not asked are `null`. */
export type Observation = {
  /** Our clock when the look began. */
  startedAt: number;
  provider: Answer<Inspection>;
  routes: RouteProbe[];
  pidnap: Answer<{ services: ServiceStatus[]; changes: ChangeProgress[] }> | null;
  daemon: Answer<DaemonHealth> | null;
  /**
   * The witness inside, asked through the provider when pidnap does not answer us: whether pidnap answers there. It
   * tells a dead machine from a broken path.
   */
  inside: Answer<{ pidnapAnswers: boolean }> | null;
  /** The versions on the machine's disk, also when the daemon cannot tell. */
  versions: VersionSet | null;
};

export type MachineEvent =
  /** The alarm; `scheduledFor` is the time that it was set to, where the shell knows it. */
  | { type: 'woke'; scheduledFor?: number }
  | { type: 'reported'; report: HealthReport }
  | { type: 'observed'; actionId: string; observation: Observation }
  | { type: 'finished'; actionId: string; outcome: Outcome }
  | { type: 'delivered'; entryId: string; ok: boolean }
  /** `by`: the person who asked; `null`: the project. What a person asks is told to the audit log of the project. */
  | { type: 'commanded'; command: Command; by: Origin | null }
  /**
   * A bootstrap token was shown that `credentialRefusal` takes, or refuses with CONFLICT: then people are told.
   * `renewalId`: the name of the renewal token to give for it, if it is its first time.
   */
  | { type: 'bootstrapped'; id: string; claimHash: string; renewalId: string }
  /** The renewal token is replaced by one of this name. */
  | { type: 'renewal-rotated'; renewalId: string }
  /** Something that a person did with the machine which is no command, such as running a program in it. */
  | { type: 'audited'; entry: AuditEntry };

/** The names of all events, for tables that must be total. */
export type MachineEventType = MachineEvent['type'];
