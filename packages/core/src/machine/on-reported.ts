/** A report of the daemon: evidence, kept until the next check. It pulls the check forward when something is off. */
import type { HealthReport, ServiceStatus } from '@fettle/contract';
import { sameVersions } from './ledger.ts';
import { isGivenUp, type MachineRecord } from './record.ts';
import { checkSoon, update, type Turn } from './turn.ts';

/** One machine cannot make its object check more often than this share of the interval. */
const LEAST_SPACING = 0.25;

export function onReported(turn: Turn, report: HealthReport): void {
  const { record, now, policy } = turn;
  if (isGivenUp(record.state) || isOvertaken(record, report)) return;
  const versionsChanged = report.versions !== null && !sameVersions(report.versions, record.versions);
  update(turn, { report: { receivedAt: now, report } });
  const worthALook = versionsChanged || looksBad(report) || record.state.phase !== 'healthy';
  if (!worthALook || record.state.phase === 'new' || record.state.phase === 'stopped') return;
  const spacing = policy.check.intervalMs * LEAST_SPACING;
  checkSoon(turn, (record.check.startedAt ?? 0) + spacing - now);
}

/** Whether a newer report of the same daemon has come before this one, or this very one. */
function isOvertaken(record: MachineRecord, report: HealthReport): boolean {
  const newest = record.report?.report;
  return newest !== undefined && newest.bootId === report.bootId && report.seq <= newest.seq;
}

/** Whether a report by itself asks for a closer look. */
export function looksBad(report: HealthReport): boolean {
  return !report.pidnapAnswers || report.services.some((service) => !isFine(service));
}

function isFine(service: ServiceStatus): boolean {
  return service.state === 'running' && service.health !== 'unhealthy';
}
