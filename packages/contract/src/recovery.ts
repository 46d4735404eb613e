import * as v from 'valibot';
import { Diagnosis } from './failure-domain.ts';
import { Timestamp } from './ids.ts';
import { Finding } from './verdict.ts';
import { VersionSet } from './version-set.ts';

/**
 * Rungs of the recovery ladder: 1 restart the sick services, 2 restore the last known working versions,
 * 3 restart the machine, 4 give it up and have it substituted.
 */
export const Level = v.picklist([1, 2, 3, 4]);
export type Level = v.InferOutput<typeof Level>;

/** Why a level was skipped, failed, or is being held. */
export const StepReason = v.picklist([
  // skipped
  'pidnap-unreachable',
  'machine-not-running',
  'machine-gone',
  'no-sick-service',
  'no-known-good',
  'already-known-good',
  'budget-spent',
  'pinned',
  'image-fixed',
  // failed
  'still-unhealthy',
  'service-gave-up-again',
  'version-change-failed',
  'operation-failed',
  'receiver-refused',
  'relapsed',
  // held
  'storm-guard',
  'no-permit-answer',
  'not-the-machine',
  'mass-absence',
  'project-budget',
  'version-quarantined',
  'shadow-mode',
  'ladder-exhausted',
  // healed
  'healthy-again',
]);
export type StepReason = v.InferOutput<typeof StepReason>;

/**
 * One step on the ladder: a level that was tried or skipped, and what became of it. `shadow`: it would have been tried,
 * or skipped where `attempt` is 0, and was not, because the policy only watches.
 */
export const LevelTry = v.object({
  level: Level,
  /** Counts the tries of this level within the incident, from 1; 0 when it was skipped. */
  attempt: v.number(),
  outcome: v.picklist(['running', 'healed', 'failed', 'skipped', 'shadow']),
  reason: v.nullable(StepReason),
  message: v.string(),
  startedAt: Timestamp,
  endedAt: v.nullable(Timestamp),
});
export type LevelTry = v.InferOutput<typeof LevelTry>;

/** From the first failed check until a level's success has settled, or until the machine was given up. */
export const Incident = v.object({
  /** Counts the incidents of one machine, from 1. */
  number: v.number(),
  /** When the first failed check was made. */
  firstFailedAt: Timestamp,
  /** When enough checks had failed in a row. */
  openedAt: Timestamp,
  cause: v.array(Finding),
  /** Where the failure lies, as the newest evidence has it. */
  diagnosis: Diagnosis,
  tries: v.array(LevelTry),
  /** Numbers of the bundles of evidence that were collected before something destructive. */
  evidence: v.array(v.string()),
  /** Why nothing is done at the moment, if so. */
  held: v.nullable(v.object({ reason: StepReason, message: v.string(), since: Timestamp })),
  /** When the machine was seen healthy again after the last level. */
  healedAt: v.nullable(Timestamp),
  closedAt: v.nullable(Timestamp),
  outcome: v.nullable(v.picklist(['healed', 'bricked', 'cancelled'])),
  /** The level that healed; 0 when the machine got well by itself. */
  healedBy: v.nullable(v.number()),
});
export type Incident = v.InferOutput<typeof Incident>;

/** What is known of one version set on one machine. */
export const LedgerEntry = v.object({
  versions: VersionSet,
  /** `unproven` until it was healthy for the bake time; `broken` once a rollback away from it healed the machine. */
  state: v.picklist(['unproven', 'works', 'broken']),
  firstSeenAt: Timestamp,
  lastSeenAt: Timestamp,
  /** Start of the present stretch of healthy checks; `null` while it is not healthy. */
  healthySince: v.nullable(Timestamp),
  provenAt: v.nullable(Timestamp),
  healthyChecks: v.number(),
  failedChecks: v.number(),
});
export type LedgerEntry = v.InferOutput<typeof LedgerEntry>;
