import { Policy, type HealthReport, type ServiceStatus, type VersionSet } from '@fettle/contract';
import { newMachineRecord, type MachineRecord } from '../../packages/core/src/index.ts';
import * as v from 'valibot';
import { nextOnGrid } from './grid.ts';

/** How the machines of a benchmark are watched. */
export type SeedOptions = { intervalMs: number };

const HOUR = 3_600_000;
const VERSIONS: VersionSet = { image: 'sha256:1', platform: 'a'.repeat(40), customer: 'b'.repeat(40) };

const service = (name: string): ServiceStatus => ({
  name,
  state: 'running',
  health: 'healthy',
  restarts: 0,
  pid: 100,
  exitCode: null,
  signal: null,
  startedAt: 1_700_000_000_000,
  reason: null,
});

/** A report that finds nothing wrong. */
export function healthyReport(seq: number): HealthReport {
  return {
    bootId: 'boot-1',
    seq,
    sentAt: 1_700_000_000_000,
    versions: VERSIONS,
    services: [service('daemon'), service('web')],
    pidnapAnswers: true,
    resources: { cpuPercent: 3.2, memoryUsedMb: 120.5, memoryTotalMb: 512, diskUsedPercent: 20.1 },
  };
}

/** What the host tells of a machine that is well. */
export function healthyInspection(machineId: string) {
  return {
    machineId,
    state: 'running' as const,
    instanceId: `${machineId}#1`,
    image: VERSIONS.image,
    startedAt: 1_700_000_000_000,
    exitCode: null,
    memoryKilled: false,
    trouble: null,
    diskPresent: true,
    operation: null,
    lastCopy: null,
    host: 'host-1',
  };
}

/** A machine that has been healthy for an hour. Only its checks go on: reports and copies are not due. */
export function healthyKept(
  machineId: string,
  { intervalMs }: SeedOptions,
  now: number,
): { record: MachineRecord; policy: Policy } {
  const policy = v.parse(Policy, {
    check: { intervalMs },
    report: { lateAfterMs: HOUR },
    copies: { everyMs: 24 * HOUR },
  });
  const [project = '', slot = ''] = machineId.split('.');
  const identity = {
    machineId,
    organization: 'acme',
    project,
    slot,
    generation: 1,
    type: 'local-docker',
  } as const;
  const fresh = newMachineRecord(
    {
      identity,
      services: [
        {
          name: 'web',
          command: ['node', 'server.mjs'],
          port: 8080,
          healthPath: '/healthz',
          restartBudget: { maxRestarts: 5, withinMs: 60_000 },
        },
      ],
      limits: { memoryMb: 512, cpus: 1, pids: 256 },
      initialVersions: { platform: 'main', customer: 'main' },
      initialImage: null,
      regions: [],
      restoreCopyId: null,
    },
    now,
  );
  const record: MachineRecord = {
    ...fresh,
    state: { phase: 'healthy', since: now - HOUR },
    sequence: 40,
    lastTickAt: now,
    check: {
      ...fresh.check,
      dueAt: nextOnGrid(machineId, intervalMs, now),
      startedAt: now,
      completedAt: now,
    },
    report: { receivedAt: now, report: healthyReport(1) },
    inspection: healthyInspection(machineId),
    evidence: { provider: 'running', diskPresent: true, pidnapAnswers: null },
    host: 'host-1',
    verdict: { health: 'healthy', findings: [] },
    versions: VERSIONS,
    versionsSince: now - HOUR,
    versionsToldAt: now - HOUR,
    observedServices: [service('daemon'), service('web')],
    ledger: [
      {
        versions: VERSIONS,
        state: 'works',
        firstSeenAt: now - HOUR,
        lastSeenAt: now,
        healthySince: now - HOUR,
        provenAt: now - HOUR,
        healthyChecks: 120,
        failedChecks: 0,
      },
    ],
    copy: { last: null, dueAt: now + 24 * HOUR },
  };
  return { record, policy };
}
