import * as v from 'valibot';
import { DurationMs, MachineId, Timestamp } from './ids.ts';
import { Level } from './recovery.ts';
import { VersionChangeFailure } from './version-change.ts';
import { RepositoryName } from './version-set.ts';

/** Names one bundle of evidence within its machine: the sequence of the action that had it collected. */
export const EvidenceId = v.pipe(
  v.string(),
  v.regex(/^[1-9][0-9]{0,15}$/, 'expected the number of a bundle'),
);

/**
 * What a bundle can hold, a file each.
 * From the control plane: `provider.json` (the provider's word), `snapshots.json` (the last looks), `events.json` (the
 * timeline). From inside the machine: `inside.json` (processes, memory kills, disk, git status), `logs.txt` (the last
 * lines of every service), `changes.diff` (uncommitted changes of the checkouts), and a git bundle for each repository
 * with work that no remote has.
 */
export const EvidencePart = v.picklist([
  'provider.json',
  'snapshots.json',
  'events.json',
  'inside.json',
  'logs.txt',
  'changes.diff',
  'work-platform.bundle',
  'work-customer.bundle',
]);
export type EvidencePart = v.InferOutput<typeof EvidencePart>;

/** The parts that a machine itself may store, with its own token. */
export const MACHINE_EVIDENCE_PARTS = [
  'inside.json',
  'logs.txt',
  'changes.diff',
  'work-platform.bundle',
  'work-customer.bundle',
] as const satisfies EvidencePart[];

/** The largest part that is stored, in bytes. */
export const MAX_EVIDENCE_PART_BYTES = 32 * 1024 * 1024;

/** Path under which a machine stores a part, below the control plane: `/machine/v1/evidence/<id>/<part>`. */
export const MACHINE_EVIDENCE_PATH = '/machine/v1/evidence';
/** Path under which an operator reads one: `/api/v1/evidence/<machineId>/<id>/<part>`. */
export const OPERATOR_EVIDENCE_PATH = '/api/v1/evidence';

/** Work in a checkout that no commit of its remote holds, as it was saved. */
export const SavedWork = v.object({
  repository: RepositoryName,
  /** The newest commit of the checkout that its remote has: what the work is a change of. */
  base: v.string(),
  /** The commit in the bundle that holds everything: changed, added and untracked files on top of `base`. */
  commit: v.string(),
  files: v.number(),
  bytes: v.number(),
});
export type SavedWork = v.InferOutput<typeof SavedWork>;

/** The last line that `runtime work restore` prints, as JSON: what was brought back into which checkout. */
export const WorkRestoreResult = v.variant('ok', [
  v.object({ ok: v.literal(true), restored: v.array(SavedWork) }),
  VersionChangeFailure,
]);
export type WorkRestoreResult = v.InferOutput<typeof WorkRestoreResult>;

/**
 * What `runtime evidence collect` stores as `inside.json`, and prints as its last line; the line has the beginnings of
 * long lists only, because the output of a command is cut.
 */
export const InsideEvidence = v.object({
  collectedAt: Timestamp,
  processes: v.array(
    v.object({
      pid: v.number(),
      parent: v.number(),
      command: v.string(),
      state: v.string(),
      memoryMb: v.number(),
    }),
  ),
  /** Processes that the kernel ended for memory since the machine's start; `null` where it does not tell. */
  memoryKills: v.nullable(v.number()),
  disk: v.nullable(v.object({ totalMb: v.number(), freeMb: v.number() })),
  repositories: v.array(
    v.object({
      repository: RepositoryName,
      commit: v.nullable(v.string()),
      /** Lines of `git status --porcelain`, the first 500. */
      status: v.array(v.string()),
    }),
  ),
  work: v.array(SavedWork),
  /** Parts that were stored. */
  stored: v.array(EvidencePart),
  /** What could not be had, and why. */
  missing: v.array(v.object({ part: EvidencePart, why: v.string() })),
});
export type InsideEvidence = v.InferOutput<typeof InsideEvidence>;

/** One bundle, collected before something destructive was done, as its incident links to it. */
export const EvidenceBundle = v.object({
  id: EvidenceId,
  machineId: MachineId,
  incident: v.number(),
  /** The level that it was collected for. */
  level: Level,
  takenAt: Timestamp,
  parts: v.array(v.object({ part: EvidencePart, bytes: v.number() })),
  missing: v.array(v.object({ part: EvidencePart, why: v.string() })),
  work: v.array(SavedWork),
  /** Age of the newest copy of the machine's data; `null` when there is none. */
  copyAgeMs: v.nullable(DurationMs),
});
export type EvidenceBundle = v.InferOutput<typeof EvidenceBundle>;
