/** What is read of Fly's answers (Machines API v1); fields that are not named are ignored, except in a config. */
import * as v from 'valibot';

/** A field that is missing, empty or of another kind is as good as none. */
const optional = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.fallback(v.nullish(schema, null), null);

/** Kept whole: an update replaces all of it. */
export const FlyConfig = v.looseObject({
  image: optional(v.string()),
  env: v.fallback(v.record(v.string(), v.string()), {}),
  metadata: v.fallback(v.record(v.string(), v.string()), {}),
  /** `undefined` where there are none. */
  files: v.fallback(
    v.optional(v.array(v.looseObject({ guest_path: v.fallback(v.string(), '') }))),
    undefined,
  ),
});
export type FlyConfig = v.InferOutput<typeof FlyConfig>;

/** Something that happened to a machine, the newest first in its list. */
export const FlyEvent = v.object({
  id: v.fallback(v.string(), ''),
  type: v.fallback(v.string(), ''),
  status: v.fallback(v.string(), ''),
  /** Milliseconds since the epoch. */
  timestamp: v.fallback(v.number(), 0),
  request: optional(
    v.object({
      exit_event: optional(v.object({ exit_code: optional(v.number()), oom_killed: optional(v.boolean()) })),
    }),
  ),
});
export type FlyEvent = v.InferOutput<typeof FlyEvent>;

export const FlyMachine = v.object({
  id: v.string(),
  name: v.fallback(v.string(), ''),
  /** A text in the specification; the documentation lists what it can be. */
  state: v.fallback(v.string(), 'unknown'),
  host_status: optional(v.string()),
  /** Names this version of the config, not this run of the machine. */
  instance_id: optional(v.string()),
  region: optional(v.string()),
  config: optional(FlyConfig),
  events: v.fallback(v.array(FlyEvent), []),
});
export type FlyMachine = v.InferOutput<typeof FlyMachine>;

export const Volume = v.object({
  id: v.string(),
  name: v.fallback(v.string(), ''),
  state: v.fallback(v.string(), ''),
  region: optional(v.string()),
  size_gb: optional(v.number()),
  attached_machine_id: optional(v.string()),
});
export type Volume = v.InferOutput<typeof Volume>;

export const VolumeSnapshot = v.object({
  id: v.string(),
  status: optional(v.string()),
  created_at: optional(v.string()),
  size: optional(v.number()),
});
export type VolumeSnapshot = v.InferOutput<typeof VolumeSnapshot>;

const LeaseData = v.object({
  nonce: optional(v.string()),
  owner: optional(v.string()),
  description: optional(v.string()),
  /** Seconds since the epoch. */
  expires_at: optional(v.number()),
});
/** As the specification has it, or inside `data`, as Fly's own client (fly-go) reads it. */
export const Lease = v.union([
  v.pipe(
    v.object({ data: LeaseData }),
    v.transform(({ data }) => data),
  ),
  LeaseData,
]);
export type Lease = v.InferOutput<typeof Lease>;

export const ExecAnswer = v.object({
  exit_code: optional(v.number()),
  exit_signal: optional(v.number()),
  stdout: v.fallback(v.string(), ''),
  stderr: v.fallback(v.string(), ''),
});
export type ExecAnswer = v.InferOutput<typeof ExecAnswer>;

export const Regions = v.object({ regions: v.array(v.object({ code: v.string() })) });

/** Metadata that names a machine as one that we made: a random text that only our journal knows. */
export const MARK_KEY = 'fettle_mark';

/** Volumes have no metadata; their name must do. Fly takes 30 lower-case letters, digits and underscores. */
export function volumeName(mark: string): string {
  return `fettle_${mark.replaceAll('-', '').slice(0, 20)}`;
}

/** Names of machines are parts of host names, in which a dot separates. */
export function machineName(machineId: string): string {
  return machineId.replaceAll('.', '--');
}
