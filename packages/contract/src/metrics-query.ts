import * as v from 'valibot';
import { DurationMs, MachineId, ProjectName } from './ids.ts';

/** Questions about the past that operators ask; each is one SQL query, see `packages/metrics`. */
export const MetricsQueryName = v.picklist([
  'latest',
  'machine-history',
  'cpu-by-machine',
  'memory-by-machine',
  'disk-by-machine',
  'top-cpu',
  'top-memory',
  'fleet-percentiles',
  'hourly',
  'daily',
  'restarts-per-hour',
  'process-changes',
  'slowest-starts',
  'silent-machines',
  'lost-points',
  'tick-lag',
  'sweeps',
]);
export type MetricsQueryName = v.InferOutput<typeof MetricsQueryName>;

/** What each question answers, in one line: for help and docs. */
export const METRICS_QUERY_ABOUT: Readonly<Record<MetricsQueryName, string>> = {
  latest: 'The newest figures of each machine',
  'machine-history': 'Cpu, memory, disk, load and network of each machine over time',
  'cpu-by-machine': 'Cpu of each machine over time',
  'memory-by-machine': 'Memory of each machine over time',
  'disk-by-machine': 'Disk of each machine over time',
  'top-cpu': 'Machines that use most of their processors',
  'top-memory': 'Machines that use most memory',
  'fleet-percentiles': 'How cpu, memory and disk are spread over the fleet',
  hourly: 'Aggregates of each machine by the hour',
  daily: 'Aggregates of each machine by the day',
  'restarts-per-hour': 'Restarts of each process by the hour',
  'process-changes': 'What processes went through',
  'slowest-starts': 'The slowest starts of machines',
  'silent-machines': 'Machines that stopped to report',
  'lost-points': 'Points that never arrived',
  'tick-lag': 'How late the object that watches each machine wakes',
  sweeps: 'How late the watchers of the fleet are, and what the sweeps found',
};

/** One question. What is left out takes the query's own default. */
export const MetricsQuery = v.strictObject({
  name: MetricsQueryName,
  project: ProjectName,
  /** Only this machine. */
  machineId: v.optional(MachineId),
  /** How far back to look: 1 min to 90 days, which is what Analytics Engine keeps. */
  lastMs: v.optional(v.pipe(DurationMs, v.minValue(60_000), v.maxValue(90 * 86_400_000))),
  /** Width of a step over time: 1 s to 1 day. */
  stepMs: v.optional(v.pipe(DurationMs, v.minValue(1000), v.maxValue(86_400_000))),
  /** Most rows. */
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))),
});
export type MetricsQuery = v.InferOutput<typeof MetricsQuery>;
export type MetricsQueryInput = v.InferInput<typeof MetricsQuery>;

/** How a column of an answer reads. `time` is Unix seconds. `null` in a row: nothing was measured. */
export const MetricsColumn = v.object({
  name: v.string(),
  unit: v.picklist(['text', 'time', 'percent', 'mb', 'ms', 'seconds', 'bytes', 'count']),
});
export type MetricsColumn = v.InferOutput<typeof MetricsColumn>;

/** The answer to a question. */
export const MetricsTable = v.object({
  columns: v.array(MetricsColumn),
  rows: v.array(v.record(v.string(), v.nullable(v.union([v.string(), v.number()])))),
  /** What was asked of Analytics Engine: can be sent to its SQL API as it is. */
  sql: v.string(),
});
export type MetricsTable = v.InferOutput<typeof MetricsTable>;
