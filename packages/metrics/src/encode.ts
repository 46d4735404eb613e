import type {
  MachineIdentity,
  MetricPoint,
  MetricsReport,
  ProcessPoint,
  ResourcePoint,
  StartupPoint,
} from '@fettle/contract';
import { UNKNOWN } from './layout.ts';

/** What a binding of Analytics Engine takes. */
export type DataPoint = { indexes: [string]; blobs: string[]; doubles: number[] };

/** What is the same for every point of a report. */
export type PointOrigin = Pick<MetricsReport, 'bootId' | 'versions'> & { identity: MachineIdentity };

/**
 * One measurement as a data point. Lists are in the order of the layout, which `encode.test.ts` holds against it.
 * Who measured comes from the credential, and nothing in a point can say it. `now`: Unix milliseconds.
 */
export function encodePoint(origin: PointOrigin, point: MetricPoint, now: number): DataPoint {
  const { identity, versions, bootId } = origin;
  const own = OWN[point.kind](point as never);
  return {
    indexes: [identity.machineId],
    blobs: [
      identity.organization,
      identity.project,
      identity.type,
      point.kind,
      own.process,
      own.state,
      identity.slot,
      versions?.platform ?? '',
      versions?.customer ?? '',
      versions?.image ?? '',
      bootId,
      own.cpuSource,
      own.memorySource,
      own.previousState,
      own.signal,
    ],
    doubles: [...own.first, (now - point.ageMs) / 1000, point.seq, point.droppedBefore, ...own.behind],
  };
}

/** What differs by the type of the point. */
type Own = {
  process: string;
  state: string;
  cpuSource: string;
  memorySource: string;
  previousState: string;
  signal: string;
  first: [number, number, number, number];
  behind: number[];
};

const NOTHING: Own = {
  process: '',
  state: '',
  cpuSource: '',
  memorySource: '',
  previousState: '',
  signal: '',
  first: [0, 0, 0, 0],
  behind: [],
};

const OWN = {
  resource: (point: ResourcePoint): Own => ({
    ...NOTHING,
    cpuSource: point.cpuSource ?? '',
    memorySource: point.memorySource ?? '',
    first: [
      known(point.cpuPercent),
      known(point.memoryUsedMb),
      known(point.memoryTotalMb),
      known(point.diskUsedPercent),
    ],
    behind: [
      known(point.cpuLimit),
      known(point.load1),
      known(point.diskUsedMb),
      known(point.diskTotalMb),
      known(point.networkReceivedBytes),
      known(point.networkSentBytes),
      known(point.openFiles),
      known(point.cpuPressurePercent),
      known(point.memoryPressurePercent),
      known(point.ioPressurePercent),
      known(point.coversMs),
    ],
  }),
  process: (point: ProcessPoint): Own => ({
    ...NOTHING,
    process: point.name,
    state: point.state,
    previousState: point.previousState ?? '',
    signal: point.signal ?? '',
    first: [point.durationMs, point.restarts, known(point.exitCode), 0],
  }),
  startup: (point: StartupPoint): Own => ({
    ...NOTHING,
    first: [
      point.timeToReadyMs,
      point.entrypointStartedAt,
      known(point.tasksCompleteMs),
      point.daemonReadyMs,
    ],
  }),
};

function known(value: number | null): number {
  return value ?? UNKNOWN;
}
