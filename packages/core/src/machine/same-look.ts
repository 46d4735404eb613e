/**
 * Whether two looks found the same. Asked at every look of every machine, so that it compares field by field; a test
 * holds it to every field there is.
 */
import type { Finding, ServiceStatus, Snapshot, SnapshotEvidence, Verdict } from '@fettle/contract';
import { sameVersions } from './ledger.ts';

/** What a look found, without what differs from look to look while nothing changes. */
export type Found = Omit<Snapshot, 'at' | 'resources' | 'evidence'> & {
  evidence: Omit<SnapshotEvidence, 'reportedAt'>;
};

export function foundSame(a: Found, b: Found): boolean {
  return (
    a.phase === b.phase &&
    a.healthy === b.healthy &&
    sameVerdict(a.verdict, b.verdict) &&
    (a.versions === b.versions || sameVersions(a.versions, b.versions)) &&
    sameServices(a.services, b.services) &&
    sameEvidence(a.evidence, b.evidence)
  );
}

export function sameServices(a: ServiceStatus[], b: ServiceStatus[]): boolean {
  return a === b || (a.length === b.length && a.every((one, index) => sameService(one, b[index])));
}

function sameService(a: ServiceStatus, b: ServiceStatus | undefined): boolean {
  return (
    a === b ||
    (b !== undefined &&
      a.name === b.name &&
      a.state === b.state &&
      a.health === b.health &&
      a.restarts === b.restarts &&
      a.pid === b.pid &&
      a.exitCode === b.exitCode &&
      a.signal === b.signal &&
      a.startedAt === b.startedAt &&
      a.reason === b.reason)
  );
}

function sameVerdict(a: Verdict, b: Verdict): boolean {
  if (a === b) return true;
  const { findings } = b;
  return (
    a.health === b.health &&
    a.findings.length === findings.length &&
    a.findings.every((one, index) => sameFinding(one, findings[index]))
  );
}

function sameFinding(a: Finding, b: Finding | undefined): boolean {
  return a.code === b?.code && a.service === b.service && a.message === b.message;
}

function sameEvidence(a: Found['evidence'], b: Found['evidence']): boolean {
  return (
    a.provider === b.provider &&
    a.diskPresent === b.diskPresent &&
    a.exitCode === b.exitCode &&
    a.memoryKilled === b.memoryKilled &&
    a.hostAnswers === b.hostAnswers &&
    a.pidnapAnswers === b.pidnapAnswers &&
    a.pidnapAnswersInside === b.pidnapAnswersInside &&
    a.daemonAnswers === b.daemonAnswers &&
    a.reportedPidnapAnswers === b.reportedPidnapAnswers &&
    a.routes.length === b.routes.length &&
    a.routes.every((one, index) => {
      const other = b.routes[index];
      return one.service === other?.service && one.ok === other.ok && one.silent === other.silent;
    })
  );
}
