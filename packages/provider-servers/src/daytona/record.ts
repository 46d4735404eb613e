/** What the Daytona server remembers. */
import { ActionRef } from '@fettle/contract/ids';
import { MachineSpec } from '@fettle/contract/machine-spec';
import * as v from 'valibot';
import { CreateMachine } from '@fettle/contract/host-agent';

const when = v.number();
const minutes = v.number();

/** What a sandbox is on its way to, and the host's action that takes it there. */
export const Change = v.object({
  kind: v.picklist(['create', 'start', 'restore', 'stop', 'destroy', 'archive', 'snapshot']),
  action: ActionRef,
  /** The snapshot that is being made, for kind `snapshot`. */
  snapshotId: v.optional(v.string()),
});
export type Change = v.InferOutput<typeof Change>;

/** Names are those of the published Sandbox where it has one. */
export const SandboxRecord = v.object({
  id: v.string(),
  name: v.string(),
  /** The real machine behind it. */
  machineId: v.string(),
  snapshot: v.string(),
  user: v.string(),
  env: v.record(v.string(), v.string()),
  labels: v.record(v.string(), v.string()),
  public: v.boolean(),
  target: v.string(),
  cpu: v.number(),
  memory: v.number(),
  disk: v.number(),
  autoStopInterval: minutes,
  autoArchiveInterval: minutes,
  /** -1: never; 0: as soon as it stops. */
  autoDeleteInterval: minutes,
  /** `null`: it lives until somebody deletes it. */
  autoDestroyAt: v.nullable(when),
  createdAt: when,
  updatedAt: when,
  lastActivityAt: when,
  stoppedAt: v.nullable(when),
  /** Where it rests when nothing is under way. */
  rests: v.picklist(['started', 'stopped', 'archived', 'error', 'destroyed']),
  change: v.nullable(Change),
  errorReason: v.nullable(v.string()),
  recoverable: v.boolean(),
  /** Reset at every start. */
  previewToken: v.string(),
  signedPreviews: v.array(v.object({ token: v.string(), port: v.number(), expiresAt: when })),
  ports: MachineSpec.entries.ports,
  order: v.omit(CreateMachine, ['action']),
});
export type SandboxRecord = v.InferOutput<typeof SandboxRecord>;

/** A snapshot that was made of a sandbox; the host's images are snapshots too, and are not kept here. */
export const SnapshotRecord = v.object({
  id: v.string(),
  name: v.string(),
  sourceSandboxId: v.string(),
  image: v.nullable(v.string()),
  /** `null` until the copy is complete. */
  copyId: v.nullable(v.string()),
  state: v.picklist(['snapshotting', 'active', 'error']),
  errorReason: v.nullable(v.string()),
  size: v.nullable(v.number()),
  cpu: v.number(),
  mem: v.number(),
  disk: v.number(),
  createdAt: when,
  updatedAt: when,
  lastUsedAt: v.nullable(when),
});
export type SnapshotRecord = v.InferOutput<typeof SnapshotRecord>;

/** All of it. */
export const DaytonaState = v.object({
  format: v.literal(1),
  organizationId: v.string(),
  sandboxes: v.array(SandboxRecord),
  snapshots: v.array(SnapshotRecord),
  /** The last action of every machine, by its id. */
  sequences: v.record(v.string(), v.number()),
});
export type DaytonaState = v.InferOutput<typeof DaytonaState>;
