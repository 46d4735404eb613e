import type { MetricsReport, ProcessPoint, ResourcePoint, StartupPoint } from '@fettle/contract';

/** A sample of everything that a machine can tell. */
export function resourcePoint(over: Partial<ResourcePoint> = {}): ResourcePoint {
  return {
    kind: 'resource',
    seq: 1,
    ageMs: 0,
    droppedBefore: 0,
    cpuPercent: 12.5,
    memoryUsedMb: 181.25,
    memoryTotalMb: 512,
    diskUsedPercent: 41.5,
    cpuSource: 'cgroup2',
    memorySource: 'cgroup2',
    cpuLimit: 1,
    load1: 0.5,
    diskUsedMb: 4120.5,
    diskTotalMb: 10_000,
    networkReceivedBytes: 18_233,
    networkSentBytes: 9120,
    openFiles: 87,
    cpuPressurePercent: 0.1,
    memoryPressurePercent: 0,
    ioPressurePercent: 0.3,
    coversMs: 30_000,
    ...over,
  };
}

/** The service `web` begins to run. */
export function processPoint(over: Partial<ProcessPoint> = {}): ProcessPoint {
  return {
    kind: 'process',
    seq: 1,
    ageMs: 0,
    droppedBefore: 0,
    name: 'web',
    state: 'running',
    previousState: 'starting',
    durationMs: 250,
    restarts: 0,
    exitCode: null,
    signal: null,
    ...over,
  };
}

/** A machine that was ready after two seconds. */
export function startupPoint(over: Partial<StartupPoint> = {}): StartupPoint {
  return {
    kind: 'startup',
    seq: 1,
    ageMs: 0,
    droppedBefore: 0,
    timeToReadyMs: 2000,
    entrypointStartedAt: 1_700_000_000_000,
    tasksCompleteMs: null,
    daemonReadyMs: 400,
    ...over,
  };
}

/** A report with one sample. */
export function metricsReport(over: Partial<MetricsReport> = {}): MetricsReport {
  return {
    bootId: 'boot-1',
    sentAt: 1_700_000_000_000,
    versions: null,
    points: [resourcePoint()],
    ...over,
  };
}
