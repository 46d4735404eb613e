import * as v from 'valibot';

const name = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected 1 to 31 lower-case letters, digits or dashes, a letter first'),
);

/** Name of an organization, the owner of projects. */
export const OrganizationName = name;

/** Name of a project, the owner of a fleet. */
export const ProjectName = name;

/** Stable name that routes to one machine of a project. */
export const SlotName = name;

/** Name of a service under pidnap; `daemon` and `pidnap` are Fettle's own. */
export const ServiceName = name;

/** Counts the machines that a slot has had, from 1; a late result of a lower generation is harmless. */
export const Generation = v.pipe(v.number(), v.integer(), v.minValue(1));

/** `<project>.<slot>.<generation>`: deterministic, so that a repeated create is the same create. */
export const MachineId = v.pipe(
  v.string(),
  v.regex(
    /^[a-z][a-z0-9-]{0,30}\.[a-z][a-z0-9-]{0,30}\.[1-9][0-9]{0,8}$/,
    'expected <project>.<slot>.<generation>, for example demo.web-1.1',
  ),
);

/** Milliseconds since the Unix epoch, by the clock of whoever wrote it. */
export const Timestamp = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A length of time in milliseconds. */
export const DurationMs = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Kinds of machines; each is created and controlled by one provider. */
export const MachineType = v.picklist(['local-docker', 'daytona', 'fly']);
export type MachineType = v.InferOutput<typeof MachineType>;

/**
 * Names one effect. A receiver executes an id at most once and answers a repeat with the recorded result;
 * it refuses a sequence lower than the highest it has accepted for the machine.
 */
export const ActionRef = v.strictObject({
  /** `<machineId>/<sequence>` */
  id: v.pipe(v.string(), v.maxLength(128)),
  /** Grows with every effect of one machine. */
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1)),
});
export type ActionRef = v.InferOutput<typeof ActionRef>;

/** A git branch, tag or commit, as `git rev-parse` takes it. No leading dash: it must never read as an option. */
export const GitRef = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$/, 'expected a branch, a tag or a commit hash'),
);

/** Names a machine image where its provider keeps it: an image's hash, a snapshot's name, or a registry's reference. */
export const ImageRef = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][\w.:/@+-]{0,255}$/, 'expected the name, the reference or the hash of an image'),
);

/** Where a provider runs machines, by its own name for it. */
export const RegionName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][\w-]{0,63}$/, 'expected the name of a region'),
);

/** A full commit hash (SHA-1 or SHA-256 repositories). */
export const CommitHash = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'expected a full commit hash'),
);
