/** One look at the machine: the evidence is kept, a verdict is reached, and the phase follows from it. */
import type { Verdict } from '@fettle/contract';
import { countCheck, shouldOpenIncident } from './count-check.ts';
import type { MachineEvent, Observation } from './event.ts';
import { evaluateHealth, knownServices } from './health.ts';
import { close } from './incident.ts';
import { recordCheck, sameVersions, shortVersions } from './ledger.ts';
import { openIncidentFor, openProvisioningIncident } from './open-incident.ts';
import { onObservedInRecovery, relapseNow } from './on-observed-in-recovery.ts';
import { onObservedBricked, onObservedRetired } from './on-observed-given-up.ts';
import { enter, note, tellIncident, update, type Turn } from './turn.ts';

/** A version change that tells nothing for this long is forgotten. */
const CHANGE_TIMEOUT_MS = 15 * 60_000;

export function onObserved(turn: Turn, event: Extract<MachineEvent, { type: 'observed' }>): void {
  const { pending } = turn.record;
  if (pending === null || pending.do !== 'observe' || pending.ref.id !== event.actionId) return;
  const { observation } = event;
  update(turn, { pending: null });
  const verdict = evaluateHealth({ ...turn.record, observation, now: turn.now, policy: turn.policy });
  keepEvidence(turn, observation, verdict);
  keepVersions(turn, observation, verdict);
  settleChange(turn, observation);
  turn.facts.push({ kind: 'snapshot', snapshot: snapshotOf(turn, verdict) });
  advance(turn, observation, verdict);
}

function keepEvidence(turn: Turn, observation: Observation, verdict: Verdict): void {
  const { record, now } = turn;
  const inspection = observation.provider.ok ? observation.provider.value : null;
  const copyDone = inspection?.lastCopy ?? record.copy.last;
  if (copyDone !== null && copyDone.copyId !== record.copy.last?.copyId) {
    note(turn, 'copy', `data copied (${copyDone.bytes} bytes)`);
  }
  update(turn, {
    inspection: inspection ?? record.inspection,
    evidence: {
      provider: inspection?.state ?? null,
      diskPresent: inspection?.diskPresent ?? record.evidence.diskPresent,
      pidnapAnswers: observation.pidnap === null ? null : observation.pidnap.ok,
    },
    verdict,
    observedServices:
      knownServices({ ...record, observation, now, policy: turn.policy }) ?? record.observedServices,
    copy: { ...record.copy, last: copyDone },
    check: countCheck({
      check: { ...record.check, completedAt: now },
      verdict,
      now,
      intervalMs: turn.policy.check.intervalMs,
    }),
  });
}

function keepVersions(turn: Turn, observation: Observation, verdict: Verdict): void {
  const { record, now, policy } = turn;
  const told =
    observation.versions ??
    (record.report !== null && isNewer(record.report.receivedAt, observation)
      ? record.report.report.versions
      : null);
  const versions = told ?? record.versions;
  if (versions === null) return;
  if (!sameVersions(versions, record.versions)) note(turn, 'version', `now runs ${shortVersions(versions)}`);
  const healthy = verdict.health === 'unknown' ? null : verdict.health === 'healthy';
  update(turn, {
    versions,
    ledger: recordCheck({ ledger: record.ledger, versions, healthy, now, bakeMs: policy.bakeMs }),
  });
}

/** A light look asks nobody for versions: then the newest report speaks, if it came since the check before. */
function isNewer(receivedAt: number, observation: Observation): boolean {
  return observation.daemon === null && receivedAt > 0;
}

function settleChange(turn: Turn, observation: Observation): void {
  const { change } = turn.record;
  if (change === null) return;
  const progress = observation.pidnap?.ok
    ? observation.pidnap.value.changes.find((one) => one.actionId === change.actionId)
    : undefined;
  const timedOut = turn.now - change.startedAt > CHANGE_TIMEOUT_MS;
  if (!timedOut && (progress === undefined || progress.status === 'running')) return;
  const how = progress?.status ?? 'lost from sight';
  note(turn, 'version', `version change ${how}${progress?.message ? `: ${progress.message}` : ''}`);
  update(turn, { change: null });
}

function snapshotOf(turn: Turn, verdict: Verdict) {
  const { record, now } = turn;
  return {
    at: now,
    phase: record.state.phase,
    healthy: verdict.health === 'unknown' ? null : verdict.health === 'healthy',
    verdict,
    versions: record.versions,
    services: record.observedServices,
    resources: record.report?.report.resources ?? null,
  };
}

function advance(turn: Turn, observation: Observation, verdict: Verdict): void {
  const { state } = turn.record;
  switch (state.phase) {
    case 'new':
    case 'destroyed':
      return;
    case 'provisioning':
      return advanceProvisioning(turn, observation);
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

function advanceProvisioning(turn: Turn, observation: Observation): void {
  const { state } = turn.record;
  if (state.phase !== 'provisioning' || !observation.provider.ok) return;
  const { operation, state: provider } = observation.provider.value;
  const ours = operation !== null && operation.action.id === state.actionId;
  if (ours && operation.status === 'failed') {
    return openProvisioningIncident(
      turn,
      `The machine could not be created: ${operation.error?.message ?? 'no reason given'}`,
    );
  }
  if (provider === 'running') enter(turn, { phase: 'starting', since: turn.now }, 'created');
  else if (provider === 'absent' && ours && operation.status === 'done')
    openProvisioningIncident(turn, 'The machine vanished after its creation');
}

function advanceWatched(turn: Turn, verdict: Verdict): void {
  const { record, now, policy } = turn;
  if (verdict.health === 'healthy') {
    if (record.state.phase !== 'healthy') enter(turn, { phase: 'healthy', since: now }, 'all checks pass');
    return;
  }
  if (verdict.health === 'unknown' || now < record.returnGraceUntil) return;
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
  if (shouldOpenIncident(record.check, policy)) return relapseNow(turn, state, verdict);
  if (verdict.health !== 'healthy' || now - state.since < policy.settleMs) return;
  const incident = close(state.incident, 'healed', now);
  tellIncident(turn, incident);
  note(turn, 'incident', `incident ${incident.number} closed`);
  enter(turn, { phase: 'healthy', since: now }, 'stayed healthy for the settle time');
}

function advanceStopped(turn: Turn, observation: Observation): void {
  if (!observation.provider.ok) return;
  const { state } = turn.record;
  const provider = observation.provider.value.state;
  const isDown = provider === 'stopped' || provider === 'absent';
  if (state.phase === 'stopping' && isDown)
    return enter(turn, { phase: 'stopped', since: turn.now }, 'the provider says so');
  if (state.phase === 'stopped' && provider === 'running') {
    enter(turn, { phase: 'stopping', since: turn.now, actionId: null }, 'it runs although it was stopped');
  }
}
