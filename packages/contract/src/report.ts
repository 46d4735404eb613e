import * as v from 'valibot';
import { FreshToken } from './credentials.ts';
import { DurationMs, Timestamp } from './ids.ts';
import { ResourceMetrics } from './metrics.ts';
import { ServiceStatus } from './service.ts';
import { VersionSet } from './version-set.ts';

/** What a daemon pushes every interval, and at once when a service changes. Identity comes from the credential. */
export const HealthReport = v.strictObject({
  /** New at every start of the daemon. */
  bootId: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** Counts the reports of one boot, from 1. */
  seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** The machine's own clock; displayed, never used to compute an age. */
  sentAt: Timestamp,
  /** `null` before the first checkout. */
  versions: v.nullable(VersionSet),
  services: v.pipe(v.array(ServiceStatus), v.maxLength(64)),
  /** Whether pidnap answered the daemon just now. */
  pidnapAnswers: v.boolean(),
  resources: ResourceMetrics,
});
export type HealthReport = v.InferOutput<typeof HealthReport>;

/** What the machine should know. */
export const ReportAnswer = v.object({
  /** How often to report if nothing changes. */
  reportEveryMs: DurationMs,
  /** How long to wait before the next report: about `reportEveryMs`, shifted to when a report costs least. */
  nextReportInMs: v.optional(DurationMs),
  /** The machine token to show from now on. */
  fresh: v.optional(FreshToken),
});
export type ReportAnswer = v.InferOutput<typeof ReportAnswer>;

/** The daemon's answer to a direct question; the nonce proves that a live process computed it now. */
export const DaemonHealth = v.object({
  nonce: v.pipe(v.string(), v.maxLength(64)),
  bootId: v.string(),
  pid: v.number(),
  startedAt: Timestamp,
  versions: v.nullable(VersionSet),
  services: v.array(ServiceStatus),
  pidnapAnswers: v.boolean(),
  resources: ResourceMetrics,
  /** Milliseconds since the control plane last took a report; `null` when it never did. */
  lastReportAcceptedMsAgo: v.nullable(DurationMs),
});
export type DaemonHealth = v.InferOutput<typeof DaemonHealth>;
