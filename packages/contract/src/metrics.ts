import * as v from 'valibot';
import { DurationMs, Timestamp } from './ids.ts';
import { ServiceState } from './service.ts';
import { VersionSet } from './version-set.ts';

const finite = v.pipe(v.number(), v.finite(), v.minValue(0));
const percent = v.pipe(finite, v.maxValue(100));
const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What a machine uses, measured inside it. `null` where the machine cannot tell. */
export const ResourceMetrics = v.object({
  /** Share of the machine's processors in use, 0 to 100. */
  cpuPercent: v.nullable(percent),
  memoryUsedMb: v.nullable(finite),
  memoryTotalMb: v.nullable(finite),
  /** Used share of the disk that holds the machine's data, 0 to 100. */
  diskUsedPercent: v.nullable(percent),
});
export type ResourceMetrics = v.InferOutput<typeof ResourceMetrics>;

/** Where a figure was read: the machine's own control group, or `/proc`, which shows the whole host inside a container. */
export const MetricSource = v.picklist(['cgroup2', 'cgroup1', 'proc']);
export type MetricSource = v.InferOutput<typeof MetricSource>;

/** A point that was measured longer ago is of no use to anybody who looks at a fleet: it is not written. */
export const MAX_POINT_AGE_MS = 86_400_000;

/** What every point carries besides its figures. */
const point = {
  /** Counts the points of one boot of the daemon, from 1. A gap is what was dropped. */
  seq: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** How long before this report it was measured, by a clock that never jumps. The machine's own time is not trusted. */
  ageMs: v.pipe(DurationMs, v.maxValue(7 * 86_400_000)),
  /** Points that the machine had to drop directly before this one. */
  droppedBefore: count,
};

/** What the machine uses, in full. Counters are given as what was added since the sample before. */
export const ResourcePoint = v.strictObject({
  ...point,
  kind: v.literal('resource'),
  ...ResourceMetrics.entries,
  cpuSource: v.nullable(MetricSource),
  memorySource: v.nullable(MetricSource),
  /** Processors that the machine may use, e.g. 0.5. */
  cpuLimit: v.nullable(finite),
  /** Load average of the last minute. Inside a container it is the host's. */
  load1: v.nullable(finite),
  diskUsedMb: v.nullable(finite),
  diskTotalMb: v.nullable(finite),
  networkReceivedBytes: v.nullable(bytes),
  networkSentBytes: v.nullable(bytes),
  /** Open file descriptors of the machine's processes. */
  openFiles: v.nullable(count),
  /** Share of time in which something waited for a processor, for memory, for the disk (PSI, "some"), 0 to 100. */
  cpuPressurePercent: v.nullable(percent),
  memoryPressurePercent: v.nullable(percent),
  ioPressurePercent: v.nullable(percent),
  /** Time that the figures about cpu, network and pressure cover; `null` for the first sample. */
  coversMs: v.nullable(DurationMs),
});
export type ResourcePoint = v.InferOutput<typeof ResourcePoint>;

/** A process under pidnap changed its state. */
export const ProcessPoint = v.strictObject({
  ...point,
  kind: v.literal('process'),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** The state it is in now. */
  state: ServiceState,
  /** The state that it left; `null` when it was not known before. */
  previousState: v.nullable(ServiceState),
  /** Time that it spent in the state that it left; 0 when that is not known. */
  durationMs: DurationMs,
  /** Starts after the first one, since pidnap's own start. */
  restarts: count,
  exitCode: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
  signal: v.nullable(v.pipe(v.string(), v.maxLength(16))),
});
export type ProcessPoint = v.InferOutput<typeof ProcessPoint>;

/** How a machine's start went; once per boot of the machine. */
export const StartupPoint = v.strictObject({
  ...point,
  kind: v.literal('startup'),
  /** From the entrypoint's start until every service was healthy or completed. */
  timeToReadyMs: DurationMs,
  /** When the machine's first program began, by the machine's clock. */
  entrypointStartedAt: Timestamp,
  /** From the entrypoint's start until the last task had completed; `null` where there is no task. */
  tasksCompleteMs: v.nullable(DurationMs),
  /** From the entrypoint's start until the daemon answered. */
  daemonReadyMs: DurationMs,
});
export type StartupPoint = v.InferOutput<typeof StartupPoint>;

/** One measurement. */
export const MetricPoint = v.variant('kind', [ResourcePoint, ProcessPoint, StartupPoint]);
export type MetricPoint = v.InferOutput<typeof MetricPoint>;

/** What one call can write: Analytics Engine takes 250 data points in one invocation of a Worker. */
export const MAX_POINTS_WRITTEN = 250;
/** What one call may carry at all; what is over the limit above is refused point by point. */
export const MAX_POINTS_SENT = 1000;

/** Points of one machine, oldest first. Identity comes from the credential. */
export const MetricsReport = v.strictObject({
  /** New at every start of the daemon; `seq` counts within it. */
  bootId: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** The machine's own clock; never used to compute a time. */
  sentAt: Timestamp,
  /** `null` before the first checkout. */
  versions: v.nullable(VersionSet),
  points: v.pipe(v.array(MetricPoint), v.minLength(1), v.maxLength(MAX_POINTS_SENT)),
});
export type MetricsReport = v.InferOutput<typeof MetricsReport>;

/** Why a point was not written. `too-many`: send it again in the next call. The others: never again. */
export const PointRefusal = v.picklist(['too-many', 'too-old', 'repeated']);
export type PointRefusal = v.InferOutput<typeof PointRefusal>;

/** What became of a report. */
export const MetricsAnswer = v.object({
  accepted: count,
  /** Each point that was not written, by its name. */
  refused: v.array(
    v.object({
      seq: v.number(),
      /** For people: `resource`, `process web`, `startup`. */
      name: v.string(),
      reason: PointRefusal,
    }),
  ),
  /** When to report next if nothing changes. */
  reportEveryMs: DurationMs,
});
export type MetricsAnswer = v.InferOutput<typeof MetricsAnswer>;
