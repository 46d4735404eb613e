import * as v from 'valibot';
import { DurationMs } from './ids.ts';
import { RepositoryName, VersionSet } from './version-set.ts';

/**
 * Steps of a version change, in order. Everything up to `verify` works beside the present version and leaves it
 * untouched; `switch` is one rename; `restart` asks pidnap to run what is new.
 */
export const VersionChangeStep = v.picklist([
  'input',
  'lock',
  'fence',
  'fetch',
  'resolve',
  'checkout',
  'install',
  'verify',
  'switch',
  'restart',
]);
export type VersionChangeStep = v.InferOutput<typeof VersionChangeStep>;

/**
 * Why a version change ended badly. `BAD_REQUEST`: the arguments or the machine's files are wrong. `BUSY`: another
 * change runs. `STALE_ACTION`: a newer action was carried out already. `REPOSITORY_UNREACHABLE`: says nothing about the
 * version. `REPOSITORY_REFUSED`: the repository asks for credentials that the machine does not have; a person has to act.
 * `NOT_FOUND`: the repository has no such ref. `DEADLINE_EXCEEDED`, `DISK_FULL`: as they say.
 * `COMMAND_FAILED`: git or a package manager refused. `VERSION_UNUSABLE`: it is there, but it cannot run.
 * `CONFLICT`: what is in a checkout does not allow that saved work is brought back into it.
 * `CONTROL_PLANE_UNREACHABLE`: saved work could not be fetched.
 * `PIDNAP_UNREACHABLE`: the versions are switched, not everything was restarted. `INTERNAL`: a defect of ours.
 */
export const VersionChangeCode = v.picklist([
  'BAD_REQUEST',
  'BUSY',
  'STALE_ACTION',
  'REPOSITORY_UNREACHABLE',
  'REPOSITORY_REFUSED',
  'NOT_FOUND',
  'DEADLINE_EXCEEDED',
  'DISK_FULL',
  'COMMAND_FAILED',
  'VERSION_UNUSABLE',
  'CONFLICT',
  'CONTROL_PLANE_UNREACHABLE',
  'PIDNAP_UNREACHABLE',
  'INTERNAL',
]);
export type VersionChangeCode = v.InferOutput<typeof VersionChangeCode>;

/** How a version change, or the restoring of work, says that it failed. */
export const VersionChangeFailure = v.object({
  ok: v.literal(false),
  step: VersionChangeStep,
  code: VersionChangeCode,
  message: v.pipe(v.string(), v.maxLength(2000)),
});
export type VersionChangeFailure = v.InferOutput<typeof VersionChangeFailure>;

/** The last line that a version change prints on stdout, as JSON. A change that was killed prints none. */
export const VersionChangeResult = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    versions: VersionSet,
    /** `null` for the first versions of a machine. */
    previous: v.nullable(VersionSet),
    /** Repositories that have a new checkout. Empty: everything was as asked for already. */
    changed: v.array(RepositoryName),
    durationMs: DurationMs,
  }),
  VersionChangeFailure,
]);
export type VersionChangeResult = v.InferOutput<typeof VersionChangeResult>;

/**
 * Exit code of a version change that found the disk full, at whichever step. On a full disk nobody may be able to keep
 * its last line: the exit code has to tell it alone.
 */
export const DISK_FULL_EXIT_CODE = 19;

/** That line of text as it was printed. */
export const VersionChangeResultLine = v.pipe(v.string(), v.parseJson(), VersionChangeResult);
