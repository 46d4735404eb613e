/** Opens an incident: the machine leaves the phases in which nothing is wrong, and the ladder begins. */
import type { Verdict } from '@fettle/contract';
import { newIncident } from './incident.ts';
import { enter, note, tellIncident, update, type Turn } from './turn.ts';

/** Opens an incident for what the last checks found. */
export function openIncidentFor(turn: Turn, verdict: Verdict): void {
  const { record, now } = turn;
  const number = record.incidents + 1;
  const firstFailedAt = record.check.firstFailedAt ?? now;
  const diagnosis = record.diagnosis ?? {
    domain: 'unknown' as const,
    message: 'Nothing tells where it lies',
  };
  const incident = newIncident({ number, firstFailedAt, now, verdict, diagnosis });
  const why = verdict.findings.map((finding) => finding.message).join('; ');
  update(turn, { incidents: number });
  note(turn, 'incident', `incident ${number} opened: ${why}`);
  tellIncident(turn, incident);
  enter(
    turn,
    {
      phase: 'recovering',
      since: now,
      incident,
      attempt: null,
      permit: null,
      evidence: null,
      askAgainAt: now,
    },
    why,
  );
}

/** A machine that could not be created is an incident whose cause is that there is no machine. */
export function openProvisioningIncident(turn: Turn, message: string): void {
  const diagnosis = { domain: 'machine' as const, message };
  update(turn, { evidence: { ...turn.record.evidence, provider: 'absent' }, diagnosis });
  openIncidentFor(turn, {
    health: 'unhealthy',
    findings: [{ code: 'machine-gone', service: null, message }],
  });
}
