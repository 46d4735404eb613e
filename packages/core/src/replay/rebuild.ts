/**
 * A recorded look as `decide` takes it. What a snapshot does not keep is filled in so that it decides nothing: texts are
 * `as recorded`, and work that was under way ends when the recording shows its end.
 */
import type { HealthReport, Inspection, LevelTry, Operation, Snapshot, VerdictCode } from '@fettle/contract';
import type { Answer, ChangeProgress, Observation } from '../machine/event.ts';
import { DAEMON } from '../machine/health.ts';
import type { MachineRecord } from '../machine/record.ts';

const AS_RECORDED = 'as recorded';

/** What is under way in the replay while a look is made. */
export type UnderWay = {
  record: MachineRecord;
  /** The try of the recording that the replay's own try repeats; `null` when it tries something of its own. */
  recordedTry: LevelTry | null;
};

/** The look, with the answers that the recording knows. */
export function rebuildObservation(snapshot: Snapshot, underWay: UnderWay): Observation {
  const { evidence, services, versions } = snapshot;
  const { pidnapAnswers, pidnapAnswersInside, daemonAnswers } = evidence;
  return {
    startedAt: startOf(snapshot, underWay),
    provider: rebuildInspection(snapshot, underWay),
    routes: evidence.routes.map((route) => ({
      ...route,
      message: reasonOf(snapshot, 'service-not-answering', route.service),
    })),
    pidnap: answerOf(pidnapAnswers, silence(snapshot, 'pidnap-not-answering', null), {
      services,
      changes: changesOf(snapshot, underWay),
    }),
    daemon: answerOf(daemonAnswers, silence(snapshot, 'daemon-not-answering', DAEMON), {
      nonce: '',
      bootId: AS_RECORDED,
      pid: 0,
      startedAt: 0,
      versions,
      services,
      pidnapAnswers: pidnapAnswers === true,
      resources: snapshot.resources ?? NO_RESOURCES,
      lastReportAcceptedMsAgo: null,
    }),
    inside: pidnapAnswersInside === null ? null : { ok: true, value: { pidnapAnswers: pidnapAnswersInside } },
    // A light look does not read them; they are those of the newest report.
    versions: pidnapAnswers === null ? null : versions,
  };
}

/**
 * When the look began. One that found the machine healthy and did not end the restart of services that was under way
 * began before that was taken.
 */
function startOf({ at, healthy }: Snapshot, { record, recordedTry }: UnderWay): number {
  const attempt = record.state.phase === 'recovering' ? record.state.attempt : null;
  const goesOn = recordedTry !== null && !hasEnded(recordedTry, at);
  return healthy === true && goesOn && attempt?.level === 1 ? (attempt.dispatchedAt ?? at) : at;
}

/** The newest report that the look knew of. */
export function rebuildReport(snapshot: Snapshot, seq: number): HealthReport {
  const { evidence, versions, services, resources } = snapshot;
  return {
    bootId: AS_RECORDED,
    seq,
    sentAt: evidence.reportedAt ?? snapshot.at,
    versions,
    services,
    pidnapAnswers: evidence.reportedPidnapAnswers !== false,
    resources: resources ?? NO_RESOURCES,
  };
}

const NO_RESOURCES = { cpuPercent: null, memoryUsedMb: null, memoryTotalMb: null, diskUsedPercent: null };

type Silence = Extract<Answer<unknown>, { ok: false }>;

function answerOf<T>(answers: boolean | null, why: Silence, value: T): Answer<T> | null {
  if (answers === null) return null;
  return answers ? { ok: true, value } : why;
}

/** An answer that did not come. Where the host failed, that is all that is recorded of it. */
function silence(snapshot: Snapshot, code: VerdictCode, service: string | null): Silence {
  const message = reasonOf(snapshot, code, service);
  return {
    ok: false,
    code: snapshot.evidence.hostAnswers ? 'MACHINE_UNREACHABLE' : 'HOST_UNREACHABLE',
    message,
  };
}

/** Why there was no answer, from the finding that tells of it: what comes after its first colon. */
function reasonOf({ verdict }: Snapshot, code: VerdictCode, service: string | null): string {
  const found = verdict.findings.find((one) => one.code === code && one.service === service);
  const [, ...reason] = (found?.message ?? '').split(': ');
  return reason.join(': ') || AS_RECORDED;
}

function rebuildInspection(snapshot: Snapshot, underWay: UnderWay): Answer<Inspection> {
  const { provider, diskPresent, exitCode, memoryKilled } = snapshot.evidence;
  if (provider === null) return silence(snapshot, 'provider-unknown', null);
  return {
    ok: true,
    value: {
      machineId: underWay.record.identity.machineId,
      state: provider,
      instanceId: null,
      image: null,
      startedAt: null,
      exitCode,
      memoryKilled,
      trouble: null,
      diskPresent,
      operation: operationOf(snapshot, underWay),
      lastCopy: null,
      host: null,
    },
  };
}

/** The operation that the replay waits for, as far as the recording shows how it went. */
function operationOf(snapshot: Snapshot, { record, recordedTry }: UnderWay): Operation | null {
  const awaited = awaitedOperation(record);
  if (awaited === null) return null;
  const status = operationStatus(snapshot, awaited, recordedTry);
  return {
    action: { id: awaited.id, sequence: record.sequence },
    kind: awaited.kind,
    status,
    startedAt: snapshot.at,
    finishedAt: status === 'running' ? null : snapshot.at,
    error: status === 'failed' ? { code: 'PROVIDER_FAILED', message: AS_RECORDED } : null,
  };
}

type Awaited = { id: string; kind: Operation['kind'] };

function awaitedOperation({ state, desired }: MachineRecord): Awaited | null {
  switch (state.phase) {
    case 'provisioning':
      return awaited(state.actionId, 'create');
    case 'stopping':
      return awaited(state.actionId, 'stop');
    case 'retired':
      return awaited(state.actionId, desired === 'destroyed' ? 'destroy' : 'stop');
    case 'recovering':
      return awaited(state.attempt?.level === 3 ? state.attempt.actionId : null, 'restart');
    case 'bricked':
      return awaited(state.salvage.actionId, state.salvage.step === 'stop' ? 'stop' : 'copy');
    case 'new':
    case 'starting':
    case 'healthy':
    case 'suspect':
    case 'settling':
    case 'stopped':
    case 'destroyed':
      return null;
  }
}

function awaited(id: string | null, kind: Operation['kind']): Awaited | null {
  return id === null ? null : { id, kind };
}

function operationStatus(
  { at, evidence: { provider } }: Snapshot,
  { kind }: Awaited,
  recordedTry: LevelTry | null,
): Operation['status'] {
  if (provider === 'creating' || provider === 'starting' || provider === 'stopping') return 'running';
  if (kind === 'create') return provider === 'running' ? 'done' : 'running';
  if (kind !== 'restart' || recordedTry === null) return 'done';
  if (!hasEnded(recordedTry, at)) return 'running';
  return recordedTry.reason === 'operation-failed' ? 'failed' : 'done';
}

/** The version change that the replay waits for. */
function changesOf(snapshot: Snapshot, { record, recordedTry }: UnderWay): ChangeProgress[] {
  const { state, change } = record;
  const attempt = state.phase === 'recovering' ? state.attempt : null;
  if (attempt?.level === 2 && attempt.actionId !== null) {
    const status = changeStatus(snapshot, recordedTry);
    return [{ actionId: attempt.actionId, status, message: AS_RECORDED }];
  }
  return change === null ? [] : [{ actionId: change.actionId, status: 'done', message: '' }];
}

function changeStatus({ at }: Snapshot, recordedTry: LevelTry | null): ChangeProgress['status'] {
  if (recordedTry === null) return 'done';
  if (!hasEnded(recordedTry, at)) return 'running';
  return recordedTry.reason === 'version-change-failed' ? 'failed' : 'done';
}

function hasEnded({ endedAt }: LevelTry, at: number): boolean {
  return endedAt !== null && endedAt <= at;
}
