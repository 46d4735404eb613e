/** What one look leaves behind in the record, whatever the phase: evidence, versions, and how far things have come. */
import type { Verdict, VersionSet } from '@fettle/contract';
import { hostOf } from './believe.ts';
import { countCheck } from './count-check.ts';
import type { Observation } from './event.ts';
import { knownServices } from './health.ts';
import { interruptBaking, recordCheck, sameVersions, shortImage, shortVersions } from './ledger.ts';
import { carriedOut, failOrderOf } from './orders.ts';
import { progressOf } from './progress.ts';
import { isMeantToWork, openIncident, type MachineRecord } from './record.ts';
import { sameServices } from './same-look.ts';
import { note, update, type Turn } from './turn.ts';

/** A version change that tells nothing for this long is forgotten. */
const CHANGE_TIMEOUT_MS = 15 * 60_000;

/** Keeps what a look found and what was concluded from it. */
export function keepLook(turn: Turn, observation: Observation, verdict: Verdict): void {
  keepEvidence(turn, observation, verdict);
  keepVersions(turn, observation, verdict);
  settleChange(turn, observation);
  endGrace(turn, observation, verdict);
}

function keepEvidence(turn: Turn, observation: Observation, verdict: Verdict): void {
  const { record, now } = turn;
  const inspection = observation.provider.ok ? observation.provider.value : null;
  const copyDone = inspection?.lastCopy ?? record.copy.last;
  const isNew = copyDone !== null && copyDone.copyId !== record.copy.last?.copyId;
  // The periodic copies are not news; what is left of a bricked machine is.
  if (isNew && record.state.phase === 'bricked') note(turn, 'copy', `data copied (${copyDone.bytes} bytes)`);
  const { report } = record;
  const evidence = {
    provider: inspection?.state ?? null,
    diskPresent: inspection?.diskPresent ?? record.evidence.diskPresent,
    pidnapAnswers: observation.pidnap?.ok ?? null,
  };
  const services = knownServices({ observation, report, now, policy: turn.policy });
  update(turn, {
    inspection: inspection ?? record.inspection,
    host: hostOf(inspection, record.host),
    evidence,
    verdict,
    observedServices:
      services === null || sameServices(services, record.observedServices)
        ? record.observedServices
        : services,
    copy: copyDone === record.copy.last ? record.copy : { ...record.copy, last: copyDone },
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
  const told = withImage(observation.versions ?? reportedVersions(record) ?? record.versions, turn);
  if (told === null) return;
  const isNew = !sameVersions(told, record.versions);
  if (isNew) note(turn, 'version', `now runs ${describe(told, record.versions)}`);
  const versions = isNew ? told : (record.versions ?? told);
  const healthy = verdict.health === 'unknown' ? null : verdict.health === 'healthy';
  const inIncident = openIncident(record.state) !== null;
  const { bakeMs } = policy;
  update(turn, {
    versions,
    versionsSince: isNew ? now : record.versionsSince,
    versionsToldAt: observation.versions === null ? record.versionsToldAt : now,
    ledger: isMeantToWork(record.state.phase)
      ? recordCheck({ ledger: record.ledger, versions, healthy, inIncident, now, bakeMs })
      : interruptBaking(record.ledger),
  });
}

/**
 * The versions with the image that the provider runs: what told them may be from before a rebuild, and a machine that
 * does not start from its image tells nothing. While a change is under way they are about to be told anew.
 */
function withImage(told: VersionSet | null, { record }: Turn): VersionSet | null {
  const { inspection, change } = record;
  const image = inspection?.image ?? null;
  if (told === null || image === null || image === told.image || change !== null) return told;
  return { ...told, image };
}

function describe(told: VersionSet, before: VersionSet | null): string {
  const isAnotherImage = before !== null && before.image !== told.image;
  return `${isAnotherImage ? `image ${shortImage(told.image)}, ` : ''}${shortVersions(told)}`;
}

/** What the newest report says, unless the machine's disk was read after it came: it may be from before a change. */
function reportedVersions({ report, versionsToldAt }: MachineRecord): VersionSet | null {
  return report !== null && report.receivedAt > versionsToldAt ? report.report.versions : null;
}

/** What was seen healthy, with no work under way, needs no more time: from now on a fault is a fault. */
function endGrace(turn: Turn, observation: Observation, verdict: Verdict): void {
  const { change, startGraceUntil } = turn.record;
  if (startGraceUntil === 0 || change !== null) return;
  if (verdict.health !== 'healthy' || !observation.provider.ok) return;
  if (observation.provider.value.operation?.status === 'running') return;
  update(turn, { startGraceUntil: 0 });
}

function settleChange(turn: Turn, observation: Observation): void {
  const { change } = turn.record;
  if (change === null) return;
  const progress = progressOf(change.actionId, observation);
  const timedOut = turn.now - change.startedAt > CHANGE_TIMEOUT_MS;
  if (!timedOut && (progress === null || progress.status === 'running')) return;
  const how = progress?.status ?? 'lost from sight';
  const why = `version change ${how}${progress?.message ? `: ${progress.message}` : ''}`;
  note(turn, 'version', why);
  update(turn, { change: null });
  if (progress?.status === 'done') carriedOut(turn, change.actionId);
  else failOrderOf(turn, change.actionId, progress?.message || why);
}
