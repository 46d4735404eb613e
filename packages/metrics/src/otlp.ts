import type { MetricPoint, ProcessPoint, ResourcePoint, StartupPoint } from '@fettle/contract';
import type { PointOrigin } from './encode.ts';
import {
  FIGURES,
  NETWORK_IO,
  PROCESS_DURATION,
  PROCESS_RESTARTS,
  SCHEMA_URL,
  STARTUP_DURATION,
  toUnit,
  type SemanticMetric,
} from './semantic-names.ts';

/** Bounds of the buckets of a time, in seconds: from a quick restart to a day. */
const SECONDS_BOUNDS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600, 86_400];
const TEMPORALITY = { delta: 1, cumulative: 2 };

export type OtlpAttribute = { key: string; value: { stringValue: string } | { intValue: string } };
type Moment = { timeUnixNano: string; startTimeUnixNano?: string; attributes: OtlpAttribute[] };
export type OtlpDataPoint = Moment &
  (
    | { asInt: string }
    | { asDouble: number }
    | {
        count: string;
        sum: number;
        min: number;
        max: number;
        bucketCounts: string[];
        explicitBounds: number[];
      }
  );
type DataPoints = { dataPoints: OtlpDataPoint[] };
export type OtlpMetric = { name: string; unit: string; description: string } & (
  | { gauge: DataPoints }
  | { sum: DataPoints & { aggregationTemporality: number; isMonotonic: boolean } }
  | { histogram: DataPoints & { aggregationTemporality: number } }
);

/** Body of a request to `/v1/metrics`, as OTLP/HTTP has it in JSON: 64-bit integers are texts. */
export type OtlpRequest = {
  resourceMetrics: {
    resource: { attributes: OtlpAttribute[] };
    scopeMetrics: { scope: { name: string }; schemaUrl: string; metrics: OtlpMetric[] }[];
    schemaUrl: string;
  }[];
};

/**
 * Points of one machine as OTLP metrics. The machine is the resource; the names are those of `semantic-names.ts`. What
 * the machine could not tell is left out. Times are those of the measurement, by the control plane's clock.
 * `now`: Unix milliseconds.
 */
export function otlpRequest(origin: PointOrigin, points: readonly MetricPoint[], now: number): OtlpRequest {
  const collected: Collected = new Map();
  for (const point of points) {
    const time = now - point.ageMs;
    if (point.kind === 'resource') addResource(collected, point, time);
    else if (point.kind === 'process') addProcess(collected, point, time);
    else addStartup(collected, point, time);
  }
  const metrics = [...collected].map(([metric, dataPoints]) => metricOf(metric, dataPoints));
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributesOf(resourceOf(origin)) },
        scopeMetrics: [{ scope: { name: 'fettle' }, schemaUrl: SCHEMA_URL, metrics }],
        schemaUrl: SCHEMA_URL,
      },
    ],
  };
}

/** Attributes of the machine. A slot is a service that goes on when its machine is replaced; the machine is its instance. */
function resourceOf({ identity, versions }: PointOrigin): Attributes {
  return {
    'service.namespace': identity.project,
    'service.name': identity.slot,
    'service.instance.id': identity.machineId,
    'host.id': identity.machineId,
    'machine.org': identity.organization,
    'machine.project': identity.project,
    'machine.provider': identity.type,
    ...(versions !== null && {
      'container.image.id': versions.image,
      'vcs.ref.head.revision': versions.customer,
      'machine.platform.revision': versions.platform,
    }),
  };
}

function addResource(collected: Collected, point: ResourcePoint, time: number): void {
  for (const figure of FIGURES) {
    const value = point[figure.column];
    if (typeof value !== 'number') continue;
    add(collected, figure.metric, { value: toUnit(figure, value), time, attributes: figure.attributes });
  }
  if (point.coversMs === null) return;
  const start = time - point.coversMs;
  const io = { receive: point.networkReceivedBytes, transmit: point.networkSentBytes };
  for (const [direction, value] of Object.entries(io)) {
    const attributes = { 'network.io.direction': direction };
    if (value !== null) add(collected, NETWORK_IO, { value, time, start, attributes });
  }
}

function addProcess(collected: Collected, point: ProcessPoint, time: number): void {
  const process = { 'pidnap.process.name': point.name };
  add(collected, PROCESS_RESTARTS, { value: point.restarts, time, attributes: process });
  if (point.previousState === null) return;
  const attributes = {
    ...process,
    'pidnap.process.state': point.previousState,
    ...(point.exitCode !== null && { 'process.exit.code': point.exitCode }),
  };
  addDuration(collected, PROCESS_DURATION, { durationMs: point.durationMs, time, attributes });
}

function addStartup(collected: Collected, point: StartupPoint, time: number): void {
  const phases = { ready: point.timeToReadyMs, tasks: point.tasksCompleteMs, daemon: point.daemonReadyMs };
  for (const [phase, durationMs] of Object.entries(phases)) {
    if (durationMs !== null)
      addDuration(collected, STARTUP_DURATION, { durationMs, time, attributes: { phase } });
  }
}

type Attributes = Readonly<Record<string, string | number>>;

/** When, from when on, and of what something was measured. Times in Unix milliseconds. */
type Measured = { time: number; start?: number; attributes: Attributes };

/** Data points by their metric, in the order in which the metrics came first. */
type Collected = Map<SemanticMetric, OtlpDataPoint[]>;

function add(
  collected: Collected,
  metric: SemanticMetric,
  { value, ...measured }: Measured & { value: number },
): void {
  const number = metric.valueType === 'int' ? { asInt: String(value) } : { asDouble: value };
  push(collected, metric, { ...momentOf(measured), ...number });
}

/** One duration is a histogram of one value: collectors add them up. */
function addDuration(
  collected: Collected,
  metric: SemanticMetric,
  { durationMs, time, attributes }: Measured & { durationMs: number },
): void {
  const value = durationMs / 1000;
  const bucket = SECONDS_BOUNDS.filter((bound) => bound < value).length;
  push(collected, metric, {
    ...momentOf({ time, start: time - durationMs, attributes }),
    count: '1',
    sum: value,
    min: value,
    max: value,
    bucketCounts: Array.from({ length: SECONDS_BOUNDS.length + 1 }, (_, index) =>
      index === bucket ? '1' : '0',
    ),
    explicitBounds: SECONDS_BOUNDS,
  });
}

function push(collected: Collected, metric: SemanticMetric, dataPoint: OtlpDataPoint): void {
  const known = collected.get(metric);
  if (known === undefined) collected.set(metric, [dataPoint]);
  else known.push(dataPoint);
}

function metricOf(metric: SemanticMetric, dataPoints: OtlpDataPoint[]): OtlpMetric {
  const { name, unit, about: description, instrument } = metric;
  const aggregationTemporality = TEMPORALITY[metric.temporality ?? 'cumulative'];
  if (instrument === 'gauge') return { name, unit, description, gauge: { dataPoints } };
  if (instrument === 'histogram')
    return { name, unit, description, histogram: { aggregationTemporality, dataPoints } };
  const isMonotonic = instrument === 'counter';
  return { name, unit, description, sum: { aggregationTemporality, isMonotonic, dataPoints } };
}

function momentOf({ time, start, attributes }: Measured): Moment {
  return {
    timeUnixNano: nanoseconds(time),
    ...(start !== undefined && { startTimeUnixNano: nanoseconds(start) }),
    attributes: attributesOf(attributes),
  };
}

/** A number cannot hold nanoseconds since 1970. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms)}000000`;
}

function attributesOf(attributes: Attributes): OtlpAttribute[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}
