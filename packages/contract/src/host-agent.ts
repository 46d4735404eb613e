import { oc } from '@orpc/contract';
import * as v from 'valibot';
import { BootstrapToken } from './credentials.ts';
import { errorMap } from './errors.ts';
import { ActionRef, DurationMs, ImageRef, MachineId, Timestamp } from './ids.ts';
import { MachineIdentity, MachineLimits, MachineSpec } from './machine-spec.ts';
import { ServiceSpec } from './service.ts';
import { VersionRefs } from './version-set.ts';

/**
 * Set, with the error's code, on every error that a host-agent itself answers, and on nothing else: what a machine
 * answers never carries it, so that the two cannot be taken for each other.
 */
export const HOST_ERROR_HEADER = 'x-fettle-error';

/** Becomes `authorization` on the way from a host-agent to a machine; the host's own token never leaves the host-agent. */
export const MACHINE_AUTHORIZATION_HEADER = 'x-fettle-machine-authorization';

/** How a host-agent runs its machines. */
export const HostBackend = v.picklist(['docker', 'process']);
export type HostBackend = v.InferOutput<typeof HostBackend>;

/** Where a machine is, as its provider tells it. `unknown`: the provider could not tell; never treated as gone. */
export const ProviderState = v.picklist([
  'absent',
  'creating',
  'starting',
  'running',
  'stopping',
  'stopped',
  'paused',
  'unknown',
]);
export type ProviderState = v.InferOutput<typeof ProviderState>;

/** What a provider may be asked to start. */
export const OperationKind = v.picklist(['create', 'start', 'stop', 'restart', 'destroy', 'copy', 'rebuild']);
export type OperationKind = v.InferOutput<typeof OperationKind>;

/** Progress of the effect with this action id. */
export const Operation = v.object({
  action: ActionRef,
  kind: OperationKind,
  status: v.picklist(['running', 'done', 'failed']),
  startedAt: Timestamp,
  finishedAt: v.nullable(Timestamp),
  error: v.nullable(v.object({ code: v.string(), message: v.string() })),
});
export type Operation = v.InferOutput<typeof Operation>;

/** A complete copy of a machine's data, kept by its provider outside the machine's disk. */
export const DataCopy = v.object({
  copyId: v.pipe(v.string(), v.regex(/^[\w.-]{1,128}$/, 'expected letters, digits, dots or dashes')),
  machineId: MachineId,
  takenAt: Timestamp,
  /** `null` where the provider does not tell. */
  bytes: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** `null` where the provider vouches for it and nobody else can. */
  sha256: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
});
export type DataCopy = v.InferOutput<typeof DataCopy>;

/** What a provider knows of one machine now. */
export const Inspection = v.object({
  machineId: MachineId,
  state: ProviderState,
  /** Changes with every new container or process tree; `null` when there is none. */
  instanceId: v.nullable(v.string()),
  image: v.nullable(v.string()),
  startedAt: v.nullable(Timestamp),
  exitCode: v.nullable(v.number()),
  memoryKilled: v.boolean(),
  /** What is wrong with the machine in the provider's own words, such as Daytona's `errorReason`. */
  trouble: v.optional(v.nullable(v.string()), null),
  /** Whether the machine's disk is still there: what is left to salvage. */
  diskPresent: v.boolean(),
  /** The latest operation of this machine. */
  operation: v.nullable(Operation),
  /** The newest verified copy. */
  lastCopy: v.nullable(DataCopy),
  /** Which host answers: its `hostId`, which it keeps for life. `null` where a provider does not tell. */
  host: v.nullable(v.string()),
});
export type Inspection = v.InferOutput<typeof Inspection>;

/** What a machine is created from. The host-agent adds ports, addresses and the image's hash. */
export const CreateMachine = v.strictObject({
  action: ActionRef,
  identity: MachineIdentity,
  services: v.array(ServiceSpec),
  limits: MachineLimits,
  versions: VersionRefs,
  /** One of the host's images; `null`: its newest. */
  image: v.optional(v.nullable(ImageRef), null),
  /** Written to the disk for the first start, 0400, and to no other place. `null`: somebody puts it there later. */
  bootstrap: v.nullable(BootstrapToken),
  commandKeys: MachineSpec.entries.commandKeys,
  /** Data to put on the disk before the first start; its checksum is verified first. */
  restoreCopyId: v.nullable(DataCopy.entries.copyId),
});
export type CreateMachine = v.InferOutput<typeof CreateMachine>;

/** Outcome of a command that ran inside a machine. Output is cut at 64 KiB for each stream. */
export const ExecResult = v.object({
  exitCode: v.nullable(v.number()),
  stdout: v.string(),
  stderr: v.string(),
  timedOut: v.boolean(),
});
export type ExecResult = v.InferOutput<typeof ExecResult>;

/** Program and arguments (no shell) with a deadline. */
export const ExecCommand = v.strictObject({
  command: v.pipe(v.array(v.pipe(v.string(), v.maxLength(4000))), v.minLength(1), v.maxLength(100)),
  timeoutMs: v.optional(v.pipe(DurationMs, v.minValue(1), v.maxValue(20_000)), 10_000),
});
export type ExecCommand = v.InferOutput<typeof ExecCommand>;

const one = v.strictObject({ machineId: MachineId });
const act = v.strictObject({ machineId: MachineId, action: ActionRef });
const host = oc.errors(errorMap);

/**
 * What a host-agent does for the control plane. Every verb that changes something starts an operation, is executed
 * at most once for an action id, and answers at once; `inspect` shows the progress.
 */
export const hostAgentContract = {
  host: {
    info: host.output(
      v.object({
        hostId: v.string(),
        backend: HostBackend,
        version: v.string(),
        image: v.string(),
        /** For people: the engine's version, or what plain processes run on. */
        engine: v.string(),
        pid: v.number(),
        startedAt: Timestamp,
      }),
    ),
    /** Every image that machines can be made from, the newest first. */
    images: host.output(v.array(v.object({ image: v.string(), createdAt: Timestamp }))),
  },
  machines: {
    create: host.input(CreateMachine).output(Operation),
    start: host.input(act).output(Operation),
    stop: host.input(act).output(Operation),
    restart: host.input(act).output(Operation),
    /** Removes the machine and its disk; copies stay. */
    destroy: host.input(act).output(Operation),
    /** Takes a verified copy of the machine's data. */
    copy: host.input(act).output(Operation),
    /** Runs the machine from another image of the host over the same disk, and brings it to `versions` at its start. */
    rebuild: host
      .input(v.strictObject({ ...act.entries, image: ImageRef, versions: VersionRefs }))
      .output(Operation),
    /** Never fails for an unknown machine: it is `absent`. */
    inspect: host.input(one).output(Inspection),
    list: host.output(v.array(Inspection)),
    exec: host.input(v.strictObject({ machineId: MachineId, ...ExecCommand.entries })).output(ExecResult),
    /** The last lines of the machine's own output (container log, or pidnap's output). */
    logs: host
      .input(
        v.strictObject({
          machineId: MachineId,
          tail: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2000)), 200),
        }),
      )
      .output(v.array(v.string())),
    /** All verified copies of a machine's data, the newest first. */
    copies: host.input(one).output(v.array(DataCopy)),
  },
};
