import type { EvidenceBundle } from '@fettle/contract/evidence';
import type { MetricsTable } from '@fettle/contract/metrics-query';
import type { MachineView } from '@fettle/contract/machine-view';
import { Policy } from '@fettle/contract/policy';
import type { ProjectView } from '@fettle/contract/project-view';
import type { Incident } from '@fettle/contract/recovery';
import type { Quarantine, Rollout, Wave } from '@fettle/contract/rollout';
import type { VersionSet } from '@fettle/contract/version-set';
import * as v from 'valibot';
import type { FleetState } from '../src/connection/fleet-state.ts';

/** A moment that tests begin at. */
export const T0 = Date.UTC(2026, 0, 5, 9, 0, 0);

/** A version set whose commits consist of one digit. */
export function versions(overrides: Partial<VersionSet> = {}): VersionSet {
  return { image: 'sha256:abcdef', platform: '1'.repeat(40), customer: '2'.repeat(40), ...overrides };
}

/** A healthy machine of slot web-1, checked two seconds ago. */
export function machineView(overrides: Partial<MachineView> = {}): MachineView {
  return {
    identity: {
      machineId: 'demo.web-1.1',
      organization: 'local',
      project: 'demo',
      slot: 'web-1',
      generation: 1,
      type: 'local-docker',
    },
    phase: 'healthy',
    phaseSince: T0 - 60_000,
    desired: 'running',
    verdict: { health: 'healthy', findings: [] },
    versions: versions(),
    services: [],
    resources: null,
    provider: null,
    diagnosis: null,
    incident: null,
    level: null,
    ledger: [],
    lastReportAt: T0 - 1000,
    lastCheckAt: T0 - 2000,
    nextWakeAt: T0 + 3000,
    tick: { lastAt: T0 - 2000, lagMs: 4, worstLagMs: 20 },
    lastEvent: { at: T0 - 60_000, kind: 'phase', message: 'starting -> healthy: all checks pass' },
    stale: false,
    now: T0,
    ...overrides,
  };
}

/** A project with one slot that leads to the machine of `machineView`. */
export function projectView(overrides: Partial<ProjectView> = {}): ProjectView {
  return {
    organization: 'local',
    project: 'demo',
    template: {
      type: 'local-docker',
      services: [
        {
          name: 'web',
          command: ['node', 'server.mjs'],
          port: 8080,
          healthPath: '/healthz',
          restartBudget: { maxRestarts: 4, withinMs: 60_000 },
        },
      ],
      limits: { memoryMb: 512, cpus: 1, pids: 256 },
      versions: { platform: 'main', customer: 'main' },
      image: null,
      regions: [],
    },
    policy: v.parse(Policy, {}),
    slots: [
      {
        slot: 'web-1',
        machineId: 'demo.web-1.1',
        phase: 'healthy',
        machines: ['demo.web-1.1'],
        versions: versions(),
        plan: null,
      },
    ],
    retired: [],
    notices: [],
    stormGuard: null,
    guardOverride: null,
    rollout: null,
    quarantines: [],
    pins: [],
    proven: [],
    incidents: [],
    quota: { machines: 600, commandsPerHour: 2000, used: { machines: 1, commandsThisHour: 0 } },
    watch: null,
    now: T0,
    ...overrides,
  };
}

/** An incident that level 1 healed five seconds after it was opened, six after the first failed check. */
export function incident(overrides: Partial<Incident> = {}): Incident {
  return {
    number: 1,
    firstFailedAt: T0 + 4000,
    openedAt: T0 + 5000,
    cause: [{ code: 'service-down', service: 'web', message: 'web is failed (exit code 1)' }],
    diagnosis: { domain: 'service', message: 'Only web is at fault' },
    tries: [levelTry()],
    evidence: [],
    held: null,
    healedAt: T0 + 10_000,
    closedAt: T0 + 16_000,
    outcome: 'healed',
    healedBy: 1,
    ...overrides,
  };
}

/** A try of level 1 that healed. */
export function levelTry(overrides: Partial<Incident['tries'][number]> = {}): Incident['tries'][number] {
  return {
    level: 1,
    attempt: 1,
    outcome: 'healed',
    reason: 'healthy-again',
    message: 'healthy again',
    startedAt: T0 + 5000,
    endedAt: T0 + 10_000,
    ...overrides,
  };
}

/** A rollout to another commit of the customer, whose first wave of one slot runs. */
export function rollout(overrides: Partial<Rollout> = {}): Rollout {
  return {
    number: 3,
    kind: 'refresh',
    target: { refs: { customer: 'c'.repeat(40) }, image: null },
    versions: null,
    state: 'running',
    waves: [wave()],
    back: [],
    waiting: ['web-2', 'web-3'],
    skipped: [],
    message: 'wave 1 of 1 machine',
    startedAt: T0 - 60_000,
    endedAt: null,
    ...overrides,
  };
}

/** The first wave of `rollout`. */
export function wave(overrides: Partial<Wave> = {}): Wave {
  return { slots: ['web-1'], startedAt: T0 - 60_000, endedAt: null, outcome: 'running', ...overrides };
}

/** Versions that broke two machines. */
export function quarantine(overrides: Partial<Quarantine> = {}): Quarantine {
  return {
    versions: versions({ customer: 'b'.repeat(40) }),
    since: T0 - 90_000,
    by: 'blame',
    reason: '2 machines got sick soon after they had come to it',
    machines: ['demo.web-1.1', 'demo.web-2.1'],
    ...overrides,
  };
}

/** Evidence that was taken before level 3, with saved work of the customer's checkout. */
export function evidenceBundle(overrides: Partial<EvidenceBundle> = {}): EvidenceBundle {
  return {
    id: '12',
    machineId: 'demo.web-1.1',
    incident: 1,
    level: 3,
    takenAt: T0,
    parts: [
      { part: 'logs.txt', bytes: 2048 },
      { part: 'work-customer.bundle', bytes: 900 },
    ],
    missing: [{ part: 'changes.diff', why: 'git did not answer' }],
    work: [{ repository: 'customer', base: '2'.repeat(40), commit: '3'.repeat(40), files: 2, bytes: 900 }],
    copyAgeMs: 90_000,
    ...overrides,
  };
}

/** Seconds of `T0`, in which answers about metrics count. */
export const T0_SECONDS = T0 / 1000;

/**
 * An answer about figures over time, newest first, in steps of a minute from `T0`: `figures` has the values of each
 * machine in order; `null` is a step in which the machine said nothing.
 */
export function cpuByMachine(figures: Record<string, (number | null)[]>): MetricsTable {
  const rows = Object.entries(figures).flatMap(([machine, values]) =>
    values.flatMap((cpuPercent, step) =>
      cpuPercent === null ? [] : [{ time: T0_SECONDS + step * 60, machine, cpuPercent }],
    ),
  );
  return {
    columns: [
      { name: 'time', unit: 'time' },
      { name: 'machine', unit: 'text' },
      { name: 'cpuPercent', unit: 'percent' },
    ],
    rows: rows.toSorted((a, b) => b.time - a.time),
    sql: 'SELECT 1',
  };
}

/** What is kept of a fleet of this computer. */
export function fleetState(overrides: Partial<FleetState> = {}): FleetState {
  return {
    format: 3,
    url: 'http://127.0.0.1:8787',
    operatorToken: 'operator',
    hostToken: 'host',
    machineKey: 'key',
    commandKey: 'command key',
    tokenKey: 'token key',
    hostPort: 4000,
    analyticsPort: 8788,
    analyticsToken: 'analytics',
    provider: 'local',
    providerPort: 4001,
    providerKey: 'provider',
    project: 'demo',
    backend: null,
    ...overrides,
  };
}
