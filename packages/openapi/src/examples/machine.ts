/** A machine that was just healed, as the examples of the documentation show it. */
import type {
  EvidenceBundle,
  Incident,
  LedgerEntry,
  MachineIdentity,
  MachineView,
  ServiceStatus,
  Snapshot,
  TimelineEvent,
  VersionSet,
} from '@fettle/contract';

/** 2026-01-15, 09:30 UTC. */
export const NOW = Date.UTC(2026, 0, 15, 9, 30);
const minutesAgo = (minutes: number): number => NOW - minutes * 60_000;

export const machineId = 'demo.web-1.1';

export const identity: MachineIdentity = {
  machineId,
  organization: 'acme',
  project: 'demo',
  slot: 'web-1',
  generation: 1,
  type: 'local-docker',
};

export const versions: VersionSet = {
  image: 'sha256:5f2c1d9a',
  platform: '3b18e512dba79e4c8300dd08aeb37f8e728b8dad',
  customer: '9f4d96d5b00d98959ea9960f069585ce42b1349a',
};

export const service: ServiceStatus = {
  name: 'web',
  state: 'running',
  health: 'healthy',
  restarts: 1,
  pid: 214,
  exitCode: null,
  signal: null,
  startedAt: minutesAgo(4),
  reason: null,
};

export const resources = { cpuPercent: 3.2, memoryUsedMb: 148, memoryTotalMb: 512, diskUsedPercent: 21 };
const healthy = { health: 'healthy' as const, findings: [] };

export const event: TimelineEvent = {
  at: minutesAgo(4),
  kind: 'level',
  message: 'Level 1: web was restarted and is healthy again',
};

export const incident: Incident = {
  number: 3,
  firstFailedAt: minutesAgo(6),
  openedAt: minutesAgo(5),
  cause: [{ code: 'service-unhealthy', service: 'web', message: 'web answers 500 at /healthz' }],
  diagnosis: { domain: 'service', message: 'Only web is sick; everything around it is well' },
  tries: [
    {
      level: 1,
      attempt: 1,
      outcome: 'healed',
      reason: 'healthy-again',
      message: 'web was restarted',
      startedAt: minutesAgo(5),
      endedAt: minutesAgo(4),
    },
  ],
  evidence: [],
  held: null,
  healedAt: minutesAgo(4),
  closedAt: minutesAgo(3),
  outcome: 'healed',
  healedBy: 1,
};

export const ledgerEntry: LedgerEntry = {
  versions,
  state: 'works',
  firstSeenAt: minutesAgo(600),
  lastSeenAt: minutesAgo(0),
  healthySince: minutesAgo(4),
  provenAt: minutesAgo(595),
  healthyChecks: 1180,
  failedChecks: 3,
};

export const snapshot: Snapshot = {
  at: minutesAgo(0),
  phase: 'healthy',
  healthy: true,
  verdict: healthy,
  versions,
  services: [service],
  resources,
  evidence: {
    provider: 'running',
    diskPresent: true,
    exitCode: null,
    memoryKilled: false,
    routes: [{ service: 'web', ok: true, silent: false }],
    hostAnswers: true,
    pidnapAnswers: null,
    pidnapAnswersInside: null,
    daemonAnswers: null,
    reportedAt: minutesAgo(0),
    reportedPidnapAnswers: true,
  },
};

export const machineView: MachineView = {
  identity,
  phase: 'healthy',
  phaseSince: minutesAgo(3),
  desired: 'running',
  verdict: healthy,
  versions,
  services: [service],
  resources,
  provider: {
    machineId,
    state: 'running',
    instanceId: '8d1f0c3e7a52',
    image: versions.image,
    startedAt: minutesAgo(600),
    exitCode: null,
    memoryKilled: false,
    trouble: null,
    diskPresent: true,
    operation: null,
    lastCopy: {
      copyId: 'demo.web-1.1-41',
      machineId,
      takenAt: minutesAgo(2),
      bytes: 1_048_576,
      sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    },
    host: 'host-1',
  },
  diagnosis: null,
  incident: null,
  level: null,
  ledger: [ledgerEntry],
  lastReportAt: minutesAgo(0),
  lastCheckAt: minutesAgo(0),
  nextWakeAt: NOW + 30_000,
  tick: { lastAt: minutesAgo(0), lagMs: 4, worstLagMs: 61 },
  lastEvent: event,
  stale: false,
  now: NOW,
};

export const evidence: EvidenceBundle = {
  id: '41',
  machineId,
  incident: 2,
  level: 3,
  takenAt: minutesAgo(300),
  parts: [
    { part: 'provider.json', bytes: 812 },
    { part: 'logs.txt', bytes: 48_210 },
    { part: 'work-customer.bundle', bytes: 3914 },
  ],
  missing: [{ part: 'changes.diff', why: 'there were none' }],
  work: [
    {
      repository: 'customer',
      base: versions.customer,
      commit: '1c7a0b6f2f44c3a1d4b77a6f0be1b3a3f9b2d8e1',
      files: 2,
      bytes: 3914,
    },
  ],
  copyAgeMs: 120_000,
};
