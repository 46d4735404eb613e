import type { MachineIdentity, MetricsReport } from '@fettle/contract';

/** Who reports. */
export const IDENTITY: MachineIdentity = {
  machineId: 'demo.web-1.1',
  organization: 'acme',
  project: 'demo',
  slot: 'web-1',
  generation: 1,
  type: 'local-docker',
};

/** A report with six points: what a machine sends after a service was restarted. `seq` of the first point is given. */
export function exampleReport(firstSeq: number): MetricsReport {
  const resource = (offset: number) => ({
    kind: 'resource' as const,
    seq: firstSeq + offset,
    ageMs: 30_000 - 5000 * offset,
    droppedBefore: 0,
    cpuPercent: 12.5,
    memoryUsedMb: 181.3,
    memoryTotalMb: 512,
    diskUsedPercent: 41.2,
    cpuSource: 'cgroup2' as const,
    memorySource: 'cgroup2' as const,
    cpuLimit: 1,
    load1: 0.42,
    diskUsedMb: 4120.5,
    diskTotalMb: 10_000,
    networkReceivedBytes: 18_233,
    networkSentBytes: 9120,
    openFiles: 87,
    cpuPressurePercent: 0.1,
    memoryPressurePercent: 0,
    ioPressurePercent: 0.3,
    coversMs: 30_000,
  });
  const change = (
    offset: number,
    state: 'backing-off' | 'starting' | 'running',
    previousState: 'running' | 'backing-off' | 'starting',
  ) => ({
    kind: 'process' as const,
    seq: firstSeq + offset,
    ageMs: 30_000 - 5000 * offset,
    droppedBefore: 0,
    name: 'web',
    state,
    previousState,
    durationMs: 250,
    restarts: 3,
    exitCode: state === 'backing-off' ? 1 : null,
    signal: null,
  });
  return {
    bootId: '3f0e1c53-5a7e-4b6b-9d3e-1f7f2b8c9d00',
    sentAt: 1_795_000_000_000,
    versions: { image: `sha256:${'e'.repeat(64)}`, platform: 'a'.repeat(40), customer: 'c'.repeat(40) },
    points: [
      resource(0),
      change(1, 'backing-off', 'running'),
      change(2, 'starting', 'backing-off'),
      change(3, 'running', 'starting'),
      resource(4),
      resource(5),
    ],
  };
}
