/** A machine as an operator sees it, derived from its record. */
import type { MachineView, Policy, TimelineEvent } from '@fettle/contract';
import { currentLevel } from './incident.ts';
import { openIncident, type MachineRecord } from './record.ts';
import { isDownAsWanted, isWatched, wakeAt } from './wake.ts';

/** Data older than this many check intervals is shown as stale. */
const STALE_AFTER_INTERVALS = 3;

export function machineView(input: {
  record: MachineRecord;
  policy: Policy;
  lastEvent: TimelineEvent | null;
  now: number;
}): MachineView {
  const { record, policy, lastEvent, now } = input;
  const incident = openIncident(record.state);
  return {
    identity: record.identity,
    phase: record.state.phase,
    phaseSince: record.state.since,
    desired: record.desired,
    verdict: record.verdict,
    versions: record.versions,
    services: record.observedServices,
    resources: record.report?.report.resources ?? null,
    provider: record.inspection,
    diagnosis: record.diagnosis,
    incident,
    level: incident === null || record.state.phase === 'settling' ? null : currentLevel(incident),
    ledger: record.ledger,
    lastReportAt: record.report?.receivedAt ?? null,
    lastCheckAt: record.check.completedAt,
    nextWakeAt: wakeAt(record, now),
    tick: {
      lastAt: record.lastTickAt,
      lagMs: record.lag?.lastMs ?? null,
      worstLagMs: record.lag?.worstMs ?? null,
    },
    lastEvent,
    stale: isStale(record, policy, now),
    now,
  };
}

/** Whether the last check is too old for what it said to be shown as true. */
export function isStale(record: MachineRecord, policy: Policy, now: number): boolean {
  if (!isWatched(record) || isDownAsWanted(record)) return false;
  return (
    now - (record.check.completedAt ?? record.state.since) > STALE_AFTER_INTERVALS * policy.check.intervalMs
  );
}

/** Whether the object's alarm must have been lost: it should have woken this long ago. */
export function isOverdue(record: MachineRecord, policy: Policy, now: number): boolean {
  const due = wakeAt({ ...record }, 0);
  return due !== null && now - due > STALE_AFTER_INTERVALS * policy.check.intervalMs;
}
