/** What the Fly server remembers. */
import { CreateMachine } from '@fettle/contract/host-agent';
import { ActionRef } from '@fettle/contract/ids';
import { MachineSpec } from '@fettle/contract/machine-spec';
import * as v from 'valibot';

const when = v.number();

/** The published MachineConfig, as far as anything here follows from it; the rest is kept as it came. */
export const MachineConfig = v.looseObject({
  image: v.optional(v.string()),
  env: v.optional(v.record(v.string(), v.string())),
  metadata: v.optional(v.record(v.string(), v.string())),
  guest: v.optional(v.looseObject({ cpus: v.optional(v.number()), memory_mb: v.optional(v.number()) })),
  mounts: v.optional(
    v.array(v.looseObject({ volume: v.optional(v.string()), path: v.optional(v.string()) })),
  ),
  files: v.optional(
    v.array(v.looseObject({ guest_path: v.optional(v.string()), raw_value: v.optional(v.string()) })),
  ),
  restart: v.optional(v.looseObject({ policy: v.optional(v.string()), max_retries: v.optional(v.number()) })),
  services: v.optional(
    v.array(
      v.looseObject({
        internal_port: v.optional(v.number()),
        ports: v.optional(v.array(v.looseObject({ port: v.optional(v.number()) }))),
      }),
    ),
  ),
});
export type MachineConfig = v.InferOutput<typeof MachineConfig>;

/** What a machine is on its way to, and the host's action that takes it there. */
export const Change = v.object({
  kind: v.picklist(['create', 'start', 'stop', 'restart', 'update', 'destroy']),
  action: ActionRef,
});
export type Change = v.InferOutput<typeof Change>;

/** The published MachineEvent. */
export const MachineEvent = v.object({
  id: v.string(),
  type: v.string(),
  status: v.string(),
  source: v.picklist(['user', 'flyd']),
  timestamp: when,
  request: v.optional(v.record(v.string(), v.unknown())),
});
export type MachineEvent = v.InferOutput<typeof MachineEvent>;

/** A held lease. */
export const LeaseRecord = v.object({
  nonce: v.string(),
  expiresAt: when,
  owner: v.string(),
  description: v.string(),
});
export type LeaseRecord = v.InferOutput<typeof LeaseRecord>;

/** One Fly Machine. */
export const MachineRecord = v.object({
  id: v.string(),
  app: v.string(),
  name: v.string(),
  region: v.string(),
  /** The real machine behind it. */
  machineId: v.string(),
  /** Changes with every version of the configuration. */
  instanceId: v.string(),
  config: MachineConfig,
  volumeId: v.nullable(v.string()),
  createdAt: when,
  updatedAt: when,
  /** Where it rests when nothing is under way. */
  rests: v.picklist(['created', 'started', 'stopped', 'failed', 'destroyed']),
  change: v.nullable(Change),
  /** Whether the host's machine was made from an older configuration; the next start brings it up to date. */
  outOfDate: v.boolean(),
  /** An end that nobody asked for; `null` when the last one was asked for. */
  ended: v.nullable(v.object({ exitCode: v.nullable(v.number()), memoryKilled: v.boolean(), at: when })),
  /** Restarts by its own policy within the present window. */
  restarts: v.object({ since: when, count: v.number() }),
  lease: v.nullable(LeaseRecord),
  /** The newest first. */
  events: v.array(MachineEvent),
  ports: MachineSpec.entries.ports,
  order: v.omit(CreateMachine, ['action']),
});
export type MachineRecord = v.InferOutput<typeof MachineRecord>;

/** One volume: the disk of a real machine, once a machine was made with it. */
export const VolumeRecord = v.object({
  id: v.string(),
  app: v.string(),
  name: v.string(),
  region: v.string(),
  sizeGb: v.number(),
  snapshotRetention: v.number(),
  autoBackup: v.boolean(),
  createdAt: when,
  /** The Fly Machine that it is attached to. */
  attachedTo: v.nullable(v.string()),
  /** The real machine whose disk it is. */
  diskOf: v.nullable(v.string()),
  /** The copy that the disk is to be filled from before its first use. */
  restoreCopyId: v.nullable(v.string()),
  /** The host's action that removes it. */
  removal: v.nullable(ActionRef),
});
export type VolumeRecord = v.InferOutput<typeof VolumeRecord>;

/** One snapshot of a volume: the host's copy. */
export const SnapshotRecord = v.object({
  id: v.string(),
  volumeId: v.string(),
  diskOf: v.string(),
  action: ActionRef,
  status: v.picklist(['pending', 'created', 'failed']),
  /** Copies of the disk that were there before: the next one is this snapshot. */
  copiesBefore: v.array(v.string()),
  copyId: v.nullable(v.string()),
  size: v.number(),
  digest: v.nullable(v.string()),
  volumeGb: v.number(),
  createdAt: when,
});
export type SnapshotRecord = v.InferOutput<typeof SnapshotRecord>;

/** One app: a name that machines and volumes are kept under. */
export const AppRecord = v.object({
  id: v.string(),
  name: v.string(),
  organization: v.string(),
  createdAt: when,
});
export type AppRecord = v.InferOutput<typeof AppRecord>;

/** All of it. */
export const FlyState = v.object({
  format: v.literal(1),
  apps: v.array(AppRecord),
  machines: v.array(MachineRecord),
  volumes: v.array(VolumeRecord),
  snapshots: v.array(SnapshotRecord),
  /** The last action of every machine, by its id. */
  sequences: v.record(v.string(), v.number()),
});
export type FlyState = v.InferOutput<typeof FlyState>;
