/** One look at the machine: the evidence is kept, a verdict is reached, and the phase follows from it. */
import type { Snapshot, SnapshotEvidence, Verdict } from '@fettle/contract';
import { noticeAbsence } from './absence.ts';
import { shouldOpenIncident } from './count-check.ts';
import type { MachineEvent, Observation } from './event.ts';
import { evaluateHealth } from './health.ts';
import { close } from './incident.ts';
import { keepLook } from './keep-evidence.ts';
import { openIncidentFor } from './open-incident.ts';
import { onObservedInRecovery, relapseNow } from './on-observed-in-recovery.ts';
import { onObservedProvisioning } from './on-observed-provisioning.ts';
import { isUnderWay, onObservedBricked, onObservedRetired } from './on-observed-given-up.ts';
import { addLook } from './span.ts';
import { enter, note, tellIncident, update, type Turn } from './turn.ts';

/** A look asks at most three times in turn; one that took longer was cut short by our own absence. */
const MOST_QUESTIONS = 4;

export function onObserved(turn: Turn, event: Extract<MachineEvent, { type: 'observed' }>): void {
  const { pending } = turn.record;
  if (pending === null || pending.do !== 'observe' || pending.ref.id !== event.actionId) return;
  const { observation } = event;
  update(turn, { pending: null });
  noticeAbsence(turn, turn.now - observation.startedAt - MOST_QUESTIONS * turn.policy.check.callTimeoutMs);
  const found = evaluateHealth({ ...turn.record, observation, now: turn.now, policy: turn.policy });
  const verdict = blameOurselvesFirst(turn, found);
  keepLook(turn, observation, verdict);
  keepSnapshot(turn, snapshotOf(turn, observation, verdict));
  advance(turn, observation, verdict);
}

/** Just back from being away, nothing new is declared unhealthy; an incident that was open goes on. */
function blameOurselvesFirst(turn: Turn, verdict: Verdict): Verdict {
  const { record, now } = turn;
  if (verdict.health !== 'unhealthy' || now >= record.returnGraceUntil) return verdict;
  if (record.state.phase === 'recovering') return verdict;
  const message = 'The control plane was away until just now';
  return {
    health: 'unknown',
    findings: [{ code: 'just-returned', service: null, message }, ...verdict.findings],
  };
}

function keepSnapshot(turn: Turn, snapshot: Snapshot): void {
  const { open, closed } = addLook(turn.record.span, snapshot);
  update(turn, { span: open });
  if (closed !== null) turn.facts.push({ kind: 'span', span: closed });
}

function snapshotOf(turn: Turn, observation: Observation, verdict: Verdict): Snapshot {
  const { record, now } = turn;
  return {
    at: now,
    phase: record.state.phase,
    healthy: verdict.health === 'unknown' ? null : verdict.health === 'healthy',
    verdict,
    versions: record.versions,
    services: record.observedServices,
    resources: record.report?.report.resources ?? null,
    evidence: evidenceOf(observation, record.report?.receivedAt ?? null),
  };
}

function evidenceOf(observation: Observation, reportedAt: number | null): SnapshotEvidence {
  const { provider, routes, pidnap, daemon } = observation;
  const inspection = provider.ok ? provider.value : null;
  return {
    provider: inspection?.state ?? null,
    diskPresent: inspection?.diskPresent ?? false,
    exitCode: inspection?.exitCode ?? null,
    memoryKilled: inspection?.memoryKilled ?? false,
    routes: routes.map(({ service, ok }) => ({ service, ok })),
    pidnapAnswers: pidnap?.ok ?? null,
    daemonAnswers: daemon?.ok ?? null,
    reportedAt,
  };
}

function advance(turn: Turn, observation: Observation, verdict: Verdict): void {
  const { state } = turn.record;
  switch (state.phase) {
    case 'new':
    case 'destroyed':
      return;
    case 'provisioning':
      return onObservedProvisioning(turn, state, observation);
    case 'starting':
    case 'healthy':
    case 'suspect':
      return advanceWatched(turn, verdict);
    case 'recovering':
      return onObservedInRecovery(turn, state, observation, verdict);
    case 'settling':
      return advanceSettling(turn, state, verdict);
    case 'stopping':
    case 'stopped':
      return advanceStopped(turn, observation);
    case 'bricked':
      return onObservedBricked(turn, state, observation);
    case 'retired':
      return onObservedRetired(turn, state, observation);
  }
}

function advanceWatched(turn: Turn, verdict: Verdict): void {
  const { record, now, policy } = turn;
  if (verdict.health === 'healthy') {
    if (record.state.phase !== 'healthy') enter(turn, { phase: 'healthy', since: now }, 'all checks pass');
    return;
  }
  if (verdict.health === 'unknown') return;
  if (shouldOpenIncident(record.check, policy)) return openIncidentFor(turn, verdict);
  if (record.state.phase === 'healthy') {
    enter(
      turn,
      { phase: 'suspect', since: now },
      verdict.findings.map((finding) => finding.message).join('; '),
    );
  }
}

function advanceSettling(
  turn: Turn,
  state: Extract<Turn['record']['state'], { phase: 'settling' }>,
  verdict: Verdict,
): void {
  const { record, now, policy } = turn;
  if (verdict.health === 'unhealthy' && shouldOpenIncident(record.check, policy))
    return relapseNow(turn, state, verdict);
  if (verdict.health !== 'healthy' || now - state.since < policy.settleMs) return;
  const incident = close(state.incident, 'healed', now);
  tellIncident(turn, incident);
  note(turn, 'incident', `incident ${incident.number} closed`);
  enter(turn, { phase: 'healthy', since: now }, 'stayed healthy for the settle time');
}

function advanceStopped(turn: Turn, observation: Observation): void {
  if (!observation.provider.ok) return;
  const { state } = turn.record;
  const { state: provider, operation } = observation.provider.value;
  const isDown = provider === 'stopped' || provider === 'absent';
  if (state.phase === 'stopped' && provider === 'running')
    return enter(
      turn,
      { phase: 'stopping', since: turn.now, actionId: null },
      'it runs although it was stopped',
    );
  if (state.phase !== 'stopping') return;
  if (isDown) return enter(turn, { phase: 'stopped', since: turn.now }, 'the provider says so');
  if (!isUnderWay(operation, state.actionId)) update(turn, { state: { ...state, actionId: null } });
}
