import * as v from 'valibot';
import { CommandKey } from './credentials.ts';
import {
  ActionRef,
  Generation,
  ImageRef,
  MachineId,
  MachineType,
  OrganizationName,
  ProjectName,
  RegionName,
  ServiceName,
  SlotName,
} from './ids.ts';
import { ServiceSpec } from './service.ts';
import { RepositoryUrls, VersionRefs } from './version-set.ts';

/** Who a machine is. Comes from a credential or from the record, never from a request's body. */
export const MachineIdentity = v.strictObject({
  machineId: MachineId,
  organization: OrganizationName,
  project: ProjectName,
  slot: SlotName,
  generation: Generation,
  type: MachineType,
});
export type MachineIdentity = v.InferOutput<typeof MachineIdentity>;

/** Upper bounds of what one machine may use. */
export const MachineLimits = v.strictObject({
  memoryMb: v.optional(v.pipe(v.number(), v.integer(), v.minValue(64)), 512),
  cpus: v.optional(v.pipe(v.number(), v.minValue(0.1)), 1),
  pids: v.optional(v.pipe(v.number(), v.integer(), v.minValue(32)), 256),
});
export type MachineLimits = v.InferOutput<typeof MachineLimits>;

/** What a project asks of every machine in its slots. */
export const MachineTemplate = v.strictObject({
  type: MachineType,
  services: v.pipe(v.array(ServiceSpec), v.minLength(1), v.maxLength(16)),
  limits: v.optional(MachineLimits, {}),
  /** Versions of a machine's first start; a replacement gets the last known working ones. */
  versions: VersionRefs,
  /** Image of new machines; `null`: the one that their provider has for them. */
  image: v.optional(v.nullable(ImageRef), null),
  /** Where they may run, the preferred first; none: where the provider puts them. */
  regions: v.optional(v.pipe(v.array(RegionName), v.maxLength(16)), []),
});
export type MachineTemplate = v.InferOutput<typeof MachineTemplate>;

/** Written to `fettle/machine.json` on the machine's disk by its provider. Holds no secret. */
export const MachineSpec = v.object({
  identity: MachineIdentity,
  services: v.array(ServiceSpec),
  /** What the machine is to start with: at its first start, and again when `versionsFrom` is newer than what it has. */
  versions: VersionRefs,
  /** Id of the action that asked for `versions`; `null`: they are for the first start only. */
  versionsFrom: v.optional(v.nullable(ActionRef.entries.id), null),
  /** Image hash, as the machine reports it in its version set. */
  image: v.string(),
  /** Keys of the commands that the machine takes; public. Its credentials bring newer ones. */
  commandKeys: v.pipe(v.array(CommandKey), v.minLength(1), v.maxLength(4)),
  /** Base URL that leads to the control plane from inside the machine. */
  controlUrl: v.pipe(v.string(), v.url()),
  /** Clone URLs, read-only and without passwords: those come with the credentials. */
  repositories: RepositoryUrls,
  /** Address that the machine's own listeners bind. */
  listenHost: v.string(),
  /** Ports by name: `pidnap`, `daemon`, and one for each service. */
  ports: v.record(ServiceName, v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))),
});
export type MachineSpec = v.InferOutput<typeof MachineSpec>;
