import type { ProcessPoint, ResourcePoint, StartupPoint } from '@fettle/contract';
import type { PointOrigin } from '../encode.ts';

/** Who measured. */
export const ORIGIN: PointOrigin = {
  identity: {
    machineId: 'demo.web-1.3',
    organization: 'acme',
    project: 'demo',
    slot: 'web-1',
    generation: 3,
    type: 'local-docker',
  },
  versions: { platform: 'a'.repeat(40), customer: 'b'.repeat(40), image: 'sha256:c' },
  bootId: 'boot-1',
};

/** What a machine that can tell everything uses. */
export function resourcePoint(over: Partial<ResourcePoint> = {}): ResourcePoint {
  return {
    kind: 'resource',
    seq: 1,
    ageMs: 0,
    droppedBefore: 0,
    cpuPercent: 12.5,
    memoryUsedMb: 100.5,
    memoryTotalMb: 512,
    diskUsedPercent: 33,
    cpuSource: 'cgroup2',
    memorySource: 'cgroup2',
    cpuLimit: 0.5,
    load1: 2.25,
    diskUsedMb: 3300,
    diskTotalMb: 10_000,
    networkReceivedBytes: 1111,
    networkSentBytes: 2222,
    openFiles: 64,
    cpuPressurePercent: 5,
    memoryPressurePercent: 6,
    ioPressurePercent: 8,
    coversMs: 30_000,
    ...over,
  };
}

/** A service that failed and will be started again. */
export function processPoint(over: Partial<ProcessPoint> = {}): ProcessPoint {
  return {
    kind: 'process',
    seq: 2,
    ageMs: 0,
    droppedBefore: 0,
    name: 'web',
    state: 'backing-off',
    previousState: 'running',
    durationMs: 90_000,
    restarts: 2,
    exitCode: 137,
    signal: null,
    ...over,
  };
}

/** A start of a machine without tasks. */
export function startupPoint(over: Partial<StartupPoint> = {}): StartupPoint {
  return {
    kind: 'startup',
    seq: 3,
    ageMs: 0,
    droppedBefore: 0,
    timeToReadyMs: 2100,
    entrypointStartedAt: 0,
    tasksCompleteMs: null,
    daemonReadyMs: 350,
    ...over,
  };
}
