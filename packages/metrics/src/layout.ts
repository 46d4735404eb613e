import type { MetricsColumn } from '@fettle/contract';
import { WATCH_LAYOUT } from './layout-watch.ts';

/** Dataset of the data points, which is the table of the SQL API. */
export const DATASET = 'machine_metrics';

/** What a double holds where the machine could not tell: Analytics Engine has no null, and 0 is a measurement. */
export const UNKNOWN = -1;

/** Kinds of data points, in `blob4`. */
export type MetricType = 'resource' | 'process' | 'startup' | 'watch' | 'sweep';

/** A column that means the same in every point, or only in points of one type. */
export type LayoutColumn = {
  /** Name in SQL. */
  column: string;
  /** Name in docs, queries and dashboards. */
  name: string;
  /** The type of points that have it; `null`: all of them. */
  of: MetricType | null;
  unit: MetricsColumn['unit'];
  /** One sentence for people. */
  about: string;
};

/**
 * Every index, blob and double. The first six blobs and four doubles are fixed; what is new goes behind. `encode.ts`
 * writes by it; queries, dashboards and docs read by it.
 */
export const LAYOUT = [
  { column: 'index1', name: 'machine', of: null, unit: 'text', about: 'Machine id; empty in `sweep`' },

  { column: 'blob1', name: 'organization', of: null, unit: 'text', about: 'Organization id' },
  { column: 'blob2', name: 'project', of: null, unit: 'text', about: 'Project id' },
  { column: 'blob3', name: 'machineType', of: null, unit: 'text', about: 'Machine type' },
  {
    column: 'blob4',
    name: 'metricType',
    of: null,
    unit: 'text',
    about: '`resource`, `process`, `startup`, `watch` or `sweep`',
  },
  { column: 'blob5', name: 'process', of: 'process', unit: 'text', about: 'Name of the process' },
  { column: 'blob6', name: 'state', of: 'process', unit: 'text', about: 'State that the process is in now' },
  { column: 'blob7', name: 'slot', of: null, unit: 'text', about: 'Slot that the machine is behind' },
  {
    column: 'blob8',
    name: 'platform',
    of: null,
    unit: 'text',
    about: 'Commit of the platform repository; empty before the first checkout',
  },
  {
    column: 'blob9',
    name: 'customer',
    of: null,
    unit: 'text',
    about: 'Commit of the customer repository; empty before the first checkout',
  },
  {
    column: 'blob10',
    name: 'image',
    of: null,
    unit: 'text',
    about: 'Hash of the machine image; empty before the first checkout',
  },
  {
    column: 'blob11',
    name: 'boot',
    of: null,
    unit: 'text',
    about: 'Boot of the daemon; `seq` counts within it',
  },
  {
    column: 'blob12',
    name: 'cpuSource',
    of: 'resource',
    unit: 'text',
    about: 'Where cpu was read: `cgroup2`, `cgroup1` or `proc`',
  },
  {
    column: 'blob13',
    name: 'memorySource',
    of: 'resource',
    unit: 'text',
    about: 'Where memory was read: `cgroup2`, `cgroup1` or `proc`',
  },
  {
    column: 'blob14',
    name: 'previousState',
    of: 'process',
    unit: 'text',
    about: 'State that the process left; empty when it was not known',
  },
  {
    column: 'blob15',
    name: 'signal',
    of: 'process',
    unit: 'text',
    about: 'Signal that ended the process; empty when none did',
  },

  {
    column: 'double1',
    name: 'cpuPercent',
    of: 'resource',
    unit: 'percent',
    about: 'Share of the machine’s processors in use',
  },
  {
    column: 'double2',
    name: 'memoryUsedMb',
    of: 'resource',
    unit: 'mb',
    about: 'Memory in use, without page cache',
  },
  {
    column: 'double3',
    name: 'memoryTotalMb',
    of: 'resource',
    unit: 'mb',
    about: 'Memory that the machine may use',
  },
  {
    column: 'double4',
    name: 'diskUsedPercent',
    of: 'resource',
    unit: 'percent',
    about: 'Used share of the disk that holds the machine’s data',
  },

  {
    column: 'double1',
    name: 'durationMs',
    of: 'process',
    unit: 'ms',
    about: 'Time that the process spent in the state that it left',
  },
  {
    column: 'double2',
    name: 'restarts',
    of: 'process',
    unit: 'count',
    about: 'Restarts so far, since the supervisor’s own start',
  },
  {
    column: 'double3',
    name: 'exitCode',
    of: 'process',
    unit: 'count',
    about: 'Exit code of the run that ended',
  },

  {
    column: 'double1',
    name: 'timeToReadyMs',
    of: 'startup',
    unit: 'ms',
    about: 'From the entrypoint’s start until every service was healthy',
  },
  {
    column: 'double2',
    name: 'entrypointStartedMs',
    of: 'startup',
    unit: 'ms',
    about: 'When the entrypoint started: Unix milliseconds by the machine’s clock',
  },
  {
    column: 'double3',
    name: 'tasksCompleteMs',
    of: 'startup',
    unit: 'ms',
    about: 'From the entrypoint’s start until the last task had completed',
  },
  {
    column: 'double4',
    name: 'daemonReadyMs',
    of: 'startup',
    unit: 'ms',
    about: 'From the entrypoint’s start until the daemon answered',
  },

  {
    column: 'double5',
    name: 'measuredAt',
    of: null,
    unit: 'time',
    about:
      'When it was measured: Unix seconds by the control plane’s clock. `timestamp` is when it was written, which is later for a machine that was cut off',
  },
  {
    column: 'double6',
    name: 'seq',
    of: null,
    unit: 'count',
    about: 'Number of the point within its boot; the same boot and seq twice is one point, written twice',
  },
  {
    column: 'double7',
    name: 'droppedBefore',
    of: null,
    unit: 'count',
    about: 'Points that the machine dropped directly before this one',
  },

  {
    column: 'double8',
    name: 'cpuLimit',
    of: 'resource',
    unit: 'count',
    about: 'Processors that the machine may use',
  },
  {
    column: 'double9',
    name: 'load1',
    of: 'resource',
    unit: 'count',
    about: 'Load average of the last minute; the host’s inside a container',
  },
  {
    column: 'double10',
    name: 'diskUsedMb',
    of: 'resource',
    unit: 'mb',
    about: 'Used on the disk that holds the machine’s data',
  },
  { column: 'double11', name: 'diskTotalMb', of: 'resource', unit: 'mb', about: 'Size of that disk' },
  {
    column: 'double12',
    name: 'networkReceivedBytes',
    of: 'resource',
    unit: 'bytes',
    about: 'Received since the sample before',
  },
  {
    column: 'double13',
    name: 'networkSentBytes',
    of: 'resource',
    unit: 'bytes',
    about: 'Sent since the sample before',
  },
  {
    column: 'double14',
    name: 'openFiles',
    of: 'resource',
    unit: 'count',
    about: 'Open file descriptors of the machine’s processes',
  },
  {
    column: 'double15',
    name: 'cpuPressurePercent',
    of: 'resource',
    unit: 'percent',
    about: 'Share of time in which something waited for a processor',
  },
  {
    column: 'double16',
    name: 'memoryPressurePercent',
    of: 'resource',
    unit: 'percent',
    about: 'Share of time in which something waited for memory',
  },
  {
    column: 'double17',
    name: 'ioPressurePercent',
    of: 'resource',
    unit: 'percent',
    about: 'Share of time in which something waited for the disk',
  },
  {
    column: 'double18',
    name: 'coversMs',
    of: 'resource',
    unit: 'ms',
    about: 'Time that cpu, network and pressure cover',
  },

  ...WATCH_LAYOUT,
] as const satisfies readonly LayoutColumn[];

/** Names of the layout's columns. */
export type ColumnName = (typeof LAYOUT)[number]['name'];

const COLUMNS = new Map<string, LayoutColumn>(LAYOUT.map((entry) => [entry.name, entry]));

/** The SQL column behind a name: `column('cpuPercent')` is `double1`. */
export function column(name: ColumnName): string {
  return COLUMNS.get(name)!.column;
}

/** The unit of a column. */
export function unitOf(name: ColumnName): MetricsColumn['unit'] {
  return COLUMNS.get(name)!.unit;
}
