import * as v from 'valibot';
import { Diagnosis } from './failure-domain.ts';
import { Inspection, ProviderState } from './host-agent.ts';
import { DurationMs, Timestamp } from './ids.ts';
import { MachineIdentity } from './machine-spec.ts';
import { ResourceMetrics } from './metrics.ts';
import { DesiredState, Phase } from './phase.ts';
import { Incident, LedgerEntry } from './recovery.ts';
import { ServiceStatus } from './service.ts';
import { Verdict } from './verdict.ts';
import { VersionSet } from './version-set.ts';

/** What a check had before it: enough to judge it again under another policy. `null` where nobody was asked. */
export const SnapshotEvidence = v.object({
  /** `null`: the provider did not answer. */
  provider: v.nullable(ProviderState),
  diskPresent: v.boolean(),
  exitCode: v.nullable(v.number()),
  memoryKilled: v.boolean(),
  /**
   * Whether each probed service answered from outside; `null`: our own side failed. `silent`: nothing came in time,
   * neither an answer nor a refusal; rows of earlier releases do not tell.
   */
  routes: v.array(
    v.object({ service: v.string(), ok: v.nullable(v.boolean()), silent: v.optional(v.boolean()) }),
  ),
  /** Nothing that was asked failed because the host could not be reached. */
  hostAnswers: v.boolean(),
  pidnapAnswers: v.nullable(v.boolean()),
  /** Whether pidnap answered inside the machine, asked through the provider; `null` also when that failed. */
  pidnapAnswersInside: v.nullable(v.boolean()),
  daemonAnswers: v.nullable(v.boolean()),
  /** When the newest report had come; `null`: none ever. */
  reportedAt: v.nullable(Timestamp),
  /** What that report said of pidnap. */
  reportedPidnapAnswers: v.nullable(v.boolean()),
});
export type SnapshotEvidence = v.InferOutput<typeof SnapshotEvidence>;

/** A health observation with its version set. */
export const Snapshot = v.object({
  at: Timestamp,
  phase: Phase,
  /** `null` when the check could not tell. */
  healthy: v.nullable(v.boolean()),
  verdict: Verdict,
  versions: v.nullable(VersionSet),
  services: v.array(ServiceStatus),
  resources: v.nullable(ResourceMetrics),
  evidence: SnapshotEvidence,
});
export type Snapshot = v.InferOutput<typeof Snapshot>;

/** Something that happened to a machine, for the timeline. */
export const TimelineEvent = v.object({
  at: Timestamp,
  kind: v.picklist(['phase', 'incident', 'level', 'version', 'action', 'command', 'copy', 'note']),
  message: v.string(),
});
export type TimelineEvent = v.InferOutput<typeof TimelineEvent>;

/** One machine as an operator sees it. */
export const MachineView = v.object({
  identity: MachineIdentity,
  phase: Phase,
  phaseSince: Timestamp,
  desired: DesiredState,
  verdict: v.nullable(Verdict),
  versions: v.nullable(VersionSet),
  services: v.array(ServiceStatus),
  resources: v.nullable(ResourceMetrics),
  provider: v.nullable(Inspection),
  /** Where the failure lies; `null` while nothing is wrong. */
  diagnosis: v.nullable(Diagnosis),
  /** The open incident. */
  incident: v.nullable(Incident),
  /** The level that is being tried; `null` outside an incident. */
  level: v.nullable(v.number()),
  ledger: v.array(LedgerEntry),
  lastReportAt: v.nullable(Timestamp),
  lastCheckAt: v.nullable(Timestamp),
  /** When the machine's object wakes next; `null` when nothing needs watching any more. */
  nextWakeAt: v.nullable(Timestamp),
  /** How late the object's own alarm was: the last time, and the worst of the last hour. */
  tick: v.object({
    lastAt: v.nullable(Timestamp),
    lagMs: v.nullable(DurationMs),
    worstLagMs: v.nullable(DurationMs),
  }),
  lastEvent: v.nullable(TimelineEvent),
  /** The last check is older than three intervals: what is shown may be out of date. */
  stale: v.boolean(),
  /** By the control plane's clock, so that ages can be shown without trusting the reader's. */
  now: Timestamp,
});
export type MachineView = v.InferOutput<typeof MachineView>;
