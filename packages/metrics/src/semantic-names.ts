import type { ResourcePoint } from '@fettle/contract';
import type { ColumnName } from './layout.ts';

/** Version of the semantic conventions of OpenTelemetry whose names these are. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.44.0';

/** A metric as OpenTelemetry describes one. Units are seconds, bytes and ratios; never megabytes or percent. */
export type SemanticMetric = {
  name: string;
  instrument: 'gauge' | 'updowncounter' | 'counter' | 'histogram';
  unit: string;
  valueType: 'int' | 'double';
  /** Whether a counter or a histogram tells what was added since the point before, or everything since its start. */
  temporality?: 'delta' | 'cumulative';
  about: string;
};

/** A figure of a resource point as a metric: its value times `scale`. */
export type SemanticFigure = {
  column: ColumnName & keyof ResourcePoint;
  metric: SemanticMetric;
  attributes: Readonly<Record<string, string>>;
  scale: number;
};

const MIB = 1024 * 1024;
const PERCENT = 0.01;

const utilization = gauge('system.cpu.utilization', '1', 'Share of the machine’s processors in use');
const cpuLimit = gauge('machine.cpu.limit', '{cpu}', 'Processors that the machine may use');
const load = gauge('system.cpu.load_average.1m', '{thread}', 'Load average of the last minute');
const memory = bytesInUse('system.memory.usage', 'Memory in use, without page cache');
const memoryLimit = bytesInUse('system.memory.limit', 'Memory that the machine may use');
const disk = bytesInUse('system.filesystem.usage', 'Used on the disk that holds the machine’s data');
const diskLimit = bytesInUse('system.filesystem.limit', 'Size of the disk that holds the machine’s data');
const diskShare = gauge('system.filesystem.utilization', '1', 'Used share of that disk');
const pressure = gauge('machine.pressure', '1', 'Share of time in which something waited for a resource');
const openFiles: SemanticMetric = {
  name: 'machine.file_descriptor.count',
  instrument: 'updowncounter',
  unit: '{file_descriptor}',
  valueType: 'int',
  temporality: 'cumulative',
  about: 'Open file descriptors of the machine’s processes',
};

const USED = { 'system.memory.state': 'used' };
const DISK_USED = { 'system.filesystem.state': 'used' };

/**
 * What a resource point says at one moment. A machine counts as a system of its own, also where it is a container, so
 * that all machine types have the same names. `machine.*` and the load average are not in the conventions.
 */
export const FIGURES: readonly SemanticFigure[] = [
  { column: 'cpuPercent', metric: utilization, attributes: {}, scale: PERCENT },
  { column: 'cpuLimit', metric: cpuLimit, attributes: {}, scale: 1 },
  { column: 'load1', metric: load, attributes: {}, scale: 1 },
  { column: 'memoryUsedMb', metric: memory, attributes: USED, scale: MIB },
  { column: 'memoryTotalMb', metric: memoryLimit, attributes: {}, scale: MIB },
  { column: 'diskUsedMb', metric: disk, attributes: DISK_USED, scale: MIB },
  { column: 'diskTotalMb', metric: diskLimit, attributes: {}, scale: MIB },
  { column: 'diskUsedPercent', metric: diskShare, attributes: DISK_USED, scale: PERCENT },
  { column: 'openFiles', metric: openFiles, attributes: {}, scale: 1 },
  { column: 'cpuPressurePercent', metric: pressure, attributes: pressureOn('cpu'), scale: PERCENT },
  { column: 'memoryPressurePercent', metric: pressure, attributes: pressureOn('memory'), scale: PERCENT },
  { column: 'ioPressurePercent', metric: pressure, attributes: pressureOn('io'), scale: PERCENT },
];

/** Received and sent since the sample before. */
export const NETWORK_IO: SemanticMetric = {
  name: 'system.network.io',
  instrument: 'counter',
  unit: 'By',
  valueType: 'int',
  temporality: 'delta',
  about: 'Bytes that the machine received and sent',
};

/** Automatic restarts of a process since the supervisor's start. */
export const PROCESS_RESTARTS: SemanticMetric = {
  name: 'pidnap.process.restarts',
  instrument: 'counter',
  unit: '{restart}',
  valueType: 'int',
  temporality: 'cumulative',
  about: 'Automatic restarts of a process since the supervisor’s start',
};

/** How long a process was in the state that it left. */
export const PROCESS_DURATION = seconds(
  'pidnap.process.duration',
  'Time that a process spent in the state that it left',
);

/** How long a machine's start took until a phase was complete. */
export const STARTUP_DURATION = seconds(
  'machine.startup.duration',
  'Time from the start of the machine’s first program until a phase was complete',
);

function gauge(name: string, unit: string, about: string): SemanticMetric {
  return { name, instrument: 'gauge', unit, valueType: 'double', about };
}

function bytesInUse(name: string, about: string): SemanticMetric {
  return {
    name,
    instrument: 'updowncounter',
    unit: 'By',
    valueType: 'int',
    temporality: 'cumulative',
    about,
  };
}

function seconds(name: string, about: string): SemanticMetric {
  return { name, instrument: 'histogram', unit: 's', valueType: 'double', temporality: 'delta', about };
}

function pressureOn(resource: string): Record<string, string> {
  return { 'machine.resource': resource };
}

/** A value in the unit of its metric: whole where the type is `int`, else without the dust of binary fractions. */
export function toUnit({ metric, scale }: SemanticFigure, value: number): number {
  return metric.valueType === 'int' ? Math.round(value * scale) : Number((value * scale).toPrecision(12));
}
