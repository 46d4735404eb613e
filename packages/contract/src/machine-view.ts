import * as v from 'valibot';
import { Inspection } from './host-agent.ts';
import { Timestamp } from './ids.ts';
import { MachineIdentity } from './machine-spec.ts';
import { ResourceMetrics } from './metrics.ts';
import { DesiredState, Phase } from './phase.ts';
import { Incident, LedgerEntry } from './recovery.ts';
import { ServiceStatus } from './service.ts';
import { Verdict } from './verdict.ts';
import { VersionSet } from './version-set.ts';

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
  /** The open incident. */
  incident: v.nullable(Incident),
  /** The level that is being tried; `null` outside an incident. */
  level: v.nullable(v.number()),
  ledger: v.array(LedgerEntry),
  lastReportAt: v.nullable(Timestamp),
  lastCheckAt: v.nullable(Timestamp),
  /** When the machine's object wakes next; `null` when nothing needs watching any more. */
  nextWakeAt: v.nullable(Timestamp),
  lastEvent: v.nullable(TimelineEvent),
  /** The last check is older than three intervals: what is shown may be out of date. */
  stale: v.boolean(),
  /** By the control plane's clock, so that ages can be shown without trusting the reader's. */
  now: Timestamp,
});
export type MachineView = v.InferOutput<typeof MachineView>;
