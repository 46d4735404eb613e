/** One look at the machine: the evidence is kept, a verdict is reached, and the phase follows from it. */
import type { Diagnosis, Snapshot, SnapshotEvidence, Verdict, VerdictCode } from '@fettle/contract';
import { noticeAbsence } from './absence.ts';
import { believe } from './believe.ts';
import { shouldOpenIncident, withoutFailures } from './count-check.ts';
import { diagnose, isActionable } from './diagnose.ts';
import { noReportsUntil } from './credentials.ts';
import type { MachineEvent, Observation } from './event.ts';
import { evaluateHealth } from './health.ts';
import { close } from './incident.ts';
import { keepLook } from './keep-evidence.ts';
import { openIncidentFor } from './open-incident.ts';
import { onObservedInRecovery, relapseNow } from './on-observed-in-recovery.ts';
import { onObservedProvisioning } from './on-observed-provisioning.ts';
import { isUnderWay, onObservedBricked, onObservedRetired } from './on-observed-given-up.ts';
import { lookForOrdered } from './orders.ts';
import type { MachineRecord } from './record.ts';
import { noticeRefusal } from './refused-commands.ts';
import { addLook } from './span.ts';
import { enter, note, tellIncident, update, type Turn } from './turn.ts';

/** A look asks at most three times in turn; one that took longer was cut short by our own absence. */
const MOST_QUESTIONS = 4;

export function onObserved(turn: Turn, event: Extract<MachineEvent, { type: 'observed' }>): void {
  const { pending } = turn.record;
  if (pending === null || pending.do !== 'observe' || pending.ref.id !== event.actionId) return;
  const before = turn.record;
  const { now, policy } = turn;
  const observation = believe(event.observation, before.host);
  update(turn, { pending: null });
  noticeAbsence(turn, now - observation.startedAt - MOST_QUESTIONS * policy.check.callTimeoutMs);
  const { services, report, startGraceUntil, credentials } = turn.record;
  const silence = { startGraceUntil, noReportsUntil: noReportsUntil(credentials) };
  const found = evaluateHealth({ observation, services, report, ...silence, now, policy });
  const diagnosis = diagnose({ observation, verdict: found, record: turn.record, now, policy });
  const verdict = withoutBlame(found, diagnosis);
  keepLook(turn, observation, verdict);
  keepDiagnosis(turn, diagnosis);
  noticeRefusal(turn, observation);
  if (!observation.pidnap?.ok) doubtEarlierChecks(turn, before.verdict, diagnosis);
  keepSnapshot(turn, snapshotOf(turn, observation, verdict));
  lookForOrdered(turn, observation, verdict);
  advance(turn, observation, verdict);
}

/** Unknown is not unhealthy: what does not lie in the machine never counts against it. */
function withoutBlame(verdict: Verdict, diagnosis: Diagnosis | null): Verdict {
  if (verdict.health !== 'unhealthy' || diagnosis === null || isActionable(diagnosis.domain)) return verdict;
  const { findings } = verdict;
  if (diagnosis.domain !== 'control-plane') return { health: 'unknown', findings };
  const returned = { code: 'just-returned' as const, service: null, message: diagnosis.message };
  return { health: 'unknown', findings: [returned, ...findings] };
}

/** Keeps where the failure lies, in the record and in the incident that is open. */
function keepDiagnosis(turn: Turn, diagnosis: Diagnosis | null): void {
  const { state } = turn.record;
  if (diagnosis === turn.record.diagnosis) return;
  update(turn, { diagnosis });
  if (diagnosis === null || (state.phase !== 'recovering' && state.phase !== 'settling')) return;
  const incident = { ...state.incident, diagnosis };
  update(turn, { state: { ...state, incident } });
  if (diagnosis.domain !== state.incident.diagnosis.domain) tellIncident(turn, incident);
}

/** What a broken way to the machine can look like. What somebody inside said to be down is down. */
const SILENCES = new Set<VerdictCode>([
  'pidnap-not-answering',
  'daemon-not-answering',
  'service-not-answering',
]);

/**
 * Silence before a look that found the way to pidnap broken went the same way: such checks make no row. One that heard
 * pidnap takes nothing back: what was counted may have been a wrong answer.
 */
function doubtEarlierChecks(turn: Turn, before: Verdict | null, diagnosis: Diagnosis | null): void {
  const { check } = turn.record;
  if (diagnosis?.domain !== 'network' || check.failed === 0 || before?.health !== 'unhealthy') return;
  if (before.findings.every((finding) => SILENCES.has(finding.code)))
    update(turn, { check: withoutFailures(check) });
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
    evidence: evidenceOf(observation, record.report),
  };
}

function evidenceOf(observation: Observation, report: MachineRecord['report']): SnapshotEvidence {
  const { provider, routes, pidnap, daemon, inside } = observation;
  const answers = [provider, pidnap, daemon, inside];
  const inspection = provider.ok ? provider.value : null;
  return {
    provider: inspection?.state ?? null,
    diskPresent: inspection?.diskPresent ?? false,
    exitCode: inspection?.exitCode ?? null,
    memoryKilled: inspection?.memoryKilled ?? false,
    routes: routes.map(({ service, ok, silent }) => ({ service, ok, ...(silent && { silent }) })),
    hostAnswers: !answers.some((answer) => answer?.ok === false && answer.code === 'HOST_UNREACHABLE'),
    pidnapAnswers: pidnap?.ok ?? null,
    pidnapAnswersInside: inside?.ok ? inside.value.pidnapAnswers : null,
    daemonAnswers: daemon?.ok ?? null,
    reportedAt: report?.receivedAt ?? null,
    reportedPidnapAnswers: report?.report.pidnapAnswers ?? null,
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
      return onObservedInRecovery(turn, observation, verdict);
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
  if (!isUnderWay(operation, state, turn.now)) update(turn, { state: { ...state, actionId: null } });
}
