import * as v from 'valibot';
import { ImageRef, MachineId, SlotName, Timestamp } from './ids.ts';
import { VersionRefs, VersionSet } from './version-set.ts';

/** What machines are to run: refs of the repositories, another image, or both. */
export const RolloutTarget = v.object({
  refs: v.nullable(VersionRefs),
  image: v.nullable(ImageRef),
});
export type RolloutTarget = v.InferOutput<typeof RolloutTarget>;

/**
 * The machines that were changed together, and what came of it. `hurt`: one of them got sick or refused the change ·
 * `stopped`: it ended before it could be judged.
 */
export const Wave = v.object({
  slots: v.array(SlotName),
  startedAt: Timestamp,
  endedAt: v.nullable(Timestamp),
  outcome: v.picklist(['running', 'good', 'hurt', 'stopped']),
});
export type Wave = v.InferOutput<typeof Wave>;

/**
 * A change of what a project's machines run, wave by wave; a wave is good once all of it was healthy for the bake time.
 * `refresh`: somebody asked for it. `revert`: away from versions that were quarantined.
 * `running` · `reverting`: a wave hurt, what was changed goes back · `done` · `reverted` · `stopped`: ended early, and
 * what was changed stays, because a person wanted it so.
 */
export const Rollout = v.object({
  /** Counts the rollouts of a project, from 1. */
  number: v.number(),
  kind: v.picklist(['refresh', 'revert']),
  target: RolloutTarget,
  /** What the target's refs turned out to be on the first machine; the following waves get exactly that. */
  versions: v.nullable(VersionSet),
  state: v.picklist(['running', 'reverting', 'done', 'reverted', 'stopped']),
  waves: v.array(Wave),
  /** The way back, wave by wave; empty as long as nothing went back. */
  back: v.array(Wave),
  /** Slots whose turn has not come. */
  waiting: v.array(SlotName),
  /** Slots that are left out, and why. */
  skipped: v.array(v.object({ slot: SlotName, reason: v.string() })),
  /** Why it is where it is, for people. */
  message: v.string(),
  startedAt: Timestamp,
  endedAt: v.nullable(Timestamp),
});
export type Rollout = v.InferOutput<typeof Rollout>;

/** Versions that no machine of the project is brought to any more. */
export const Quarantine = v.object({
  versions: VersionSet,
  since: Timestamp,
  /** `blame`: several machines got sick soon after they had come to it. */
  by: v.picklist(['blame', 'person']),
  reason: v.string(),
  /** The machines that got sick with it. */
  machines: v.array(MachineId),
});
export type Quarantine = v.InferOutput<typeof Quarantine>;

/** A slot that stays on what it runs: no rollout, revert or rollback changes it. */
export const Pin = v.object({ slot: SlotName, reason: v.string(), since: Timestamp });
export type Pin = v.InferOutput<typeof Pin>;

/** Versions that were healthy for the bake time, without an incident, on a machine of the project. */
export const ProvenVersions = v.object({
  versions: VersionSet,
  /** When it was first proven here, and when a machine was last seen well with it. */
  provenAt: Timestamp,
  lastSeenAt: Timestamp,
  /** The slots that have proven it. */
  slots: v.array(SlotName),
});
export type ProvenVersions = v.InferOutput<typeof ProvenVersions>;

/** What is wrong with a project as a whole: one for all machines that suffer from the same cause. */
export const ProjectIncident = v.object({
  /** Counts the incidents of a project, from 1. */
  number: v.number(),
  cause: v.literal('version'),
  versions: VersionSet,
  machines: v.array(MachineId),
  message: v.string(),
  openedAt: Timestamp,
  /** When no machine ran the versions any more, or a person had lifted the quarantine. */
  closedAt: v.nullable(Timestamp),
});
export type ProjectIncident = v.InferOutput<typeof ProjectIncident>;
