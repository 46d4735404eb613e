import * as v from 'valibot';
import { DataCopy } from './host-agent.ts';
import { DurationMs, MachineId, OrganizationName, ProjectName, SlotName, Timestamp } from './ids.ts';
import { MachineTemplate } from './machine-spec.ts';
import { Phase } from './phase.ts';
import { Policy } from './policy.ts';
import { QuotaView } from './quota.ts';
import { Pin, ProjectIncident, ProvenVersions, Quarantine, Rollout } from './rollout.ts';
import { VersionSet } from './version-set.ts';

/** Where the filling or the substitution of a slot stands. */
export const PlanStep = v.picklist(['create', 'await-healthy', 'move', 'retire', 'parked', 'done']);
export type PlanStep = v.InferOutput<typeof PlanStep>;

/** A slot that is being given a machine: its first one, or the replacement of a bricked one. */
export const PlanView = v.object({
  slot: SlotName,
  kind: v.picklist(['fill', 'substitute']),
  step: PlanStep,
  oldMachineId: v.nullable(MachineId),
  newMachineId: MachineId,
  /** The copy that the replacement's data comes from. */
  copy: v.nullable(DataCopy),
  startedAt: Timestamp,
  message: v.string(),
});
export type PlanView = v.InferOutput<typeof PlanView>;

/** A stable name and the one machine it leads to. */
export const SlotView = v.object({
  slot: SlotName,
  /** `null` until the first machine was healthy. */
  machineId: v.nullable(MachineId),
  /** Phase as last told by the machine. */
  phase: v.nullable(Phase),
  /** Every machine this slot has had, the newest first. */
  machines: v.array(MachineId),
  /** What its machine runs, as last told by it. */
  versions: v.nullable(VersionSet),
  plan: v.nullable(PlanView),
});
export type SlotView = v.InferOutput<typeof SlotView>;

/** Something a person should know about a project. */
export const Notice = v.object({
  at: Timestamp,
  kind: v.picklist([
    'bricked',
    'substituted',
    'parked',
    'cleaned-up',
    // A wish for leave was refused; the same words as a held incident's reason.
    'storm-guard',
    'mass-absence',
    'project-budget',
    'guard-overridden',
    'rearmed',
    'rollout',
    'version-quarantined',
    'quarantine-lifted',
    'pinned',
    'old-copy',
    // Credentials of a machine were revoked, or shown by somebody who should not have them; or it does not take ours.
    'credentials',
    // The audit log does not go on from what was exported.
    'audit',
  ]),
  slot: v.nullable(SlotName),
  machineId: v.nullable(MachineId),
  message: v.string(),
});
export type Notice = v.InferOutput<typeof Notice>;

/** A replaced machine that waits for its clean-up. */
export const RetiredMachine = v.object({
  machineId: MachineId,
  slot: SlotName,
  retiredAt: Timestamp,
  cleanUpAt: Timestamp,
});
export type RetiredMachine = v.InferOutput<typeof RetiredMachine>;

/** What the last sweep found: the watcher, watched. */
export const WatchView = v.object({
  sweptAt: Timestamp,
  /** The last sweep is older than three minutes: nobody watches the watchers. */
  stale: v.boolean(),
  machines: v.number(),
  /** How late the machines' alarms were at their last tick. */
  medianLagMs: v.nullable(DurationMs),
  worstLagMs: v.nullable(DurationMs),
  /** Machines whose last check is too old to be shown as true. */
  staleMachines: v.array(MachineId),
  /** Machines whose object did not answer the sweep. */
  silentMachines: v.array(MachineId),
  /** Machines whose alarm was lost and was set again. */
  rearmed: v.array(MachineId),
});
export type WatchView = v.InferOutput<typeof WatchView>;

/** One project as an operator sees it. */
export const ProjectView = v.object({
  organization: OrganizationName,
  project: ProjectName,
  template: MachineTemplate,
  policy: Policy,
  slots: v.array(SlotView),
  retired: v.array(RetiredMachine),
  notices: v.array(Notice),
  /** Why disruptive actions are held for the whole project, if they are. */
  stormGuard: v.nullable(v.string()),
  /** A person let recovery pass the storm guard until then. */
  guardOverride: v.nullable(v.object({ until: Timestamp, reason: v.string() })),
  /** The rollout that goes on, or the last one. */
  rollout: v.nullable(Rollout),
  quarantines: v.array(Quarantine),
  pins: v.array(Pin),
  /** The newest first. */
  proven: v.array(ProvenVersions),
  /** Those that are open, and the last ones that were, the newest first. */
  incidents: v.array(ProjectIncident),
  /** `null`: the object of the project is of a release that knows none. */
  quota: v.optional(v.nullable(QuotaView), null),
  /** `null` before the first sweep. */
  watch: v.nullable(WatchView),
  now: Timestamp,
});
export type ProjectView = v.InferOutput<typeof ProjectView>;
