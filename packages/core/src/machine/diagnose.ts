/**
 * Where a failure lies, judged before anything is done about it. Only what lies in the machine is mended by acting on
 * it; a host, a provider or a path that fails makes many machines look sick, and none of them is.
 */
import type { Diagnosis, FailureDomain, Finding, Policy, Verdict } from '@fettle/contract';
import type { Observation } from './event.ts';
import { DAEMON, isContradicted, isReportLate } from './health.ts';
import { shortImage } from './ledger.ts';
import { isMeantToWork, type MachineRecord } from './record.ts';
import { isRefused, REFUSES_COMMANDS } from './refused-commands.ts';
import { isKnownGood, lastWorking } from './rollback-target.ts';

export type DiagnosisInput = {
  observation: Observation;
  /** What the look says about health, before anybody is blamed. */
  verdict: Verdict;
  /** The record as it was before the look. */
  record: MachineRecord;
  now: number;
  policy: Policy;
};

/** Whether acting on the machine can mend a failure that lies there. */
export function isActionable(domain: FailureDomain): boolean {
  return domain === 'service' || domain === 'version' || domain === 'machine';
}

/** Why recovery is held when the failure does not lie in the machine; `null` when it does. */
export function notTheMachine(
  diagnosis: Diagnosis | null,
): { reason: 'not-the-machine'; message: string } | null {
  if (diagnosis === null || isActionable(diagnosis.domain)) return null;
  return { reason: 'not-the-machine', message: `${WHERE[diagnosis.domain]}. ${diagnosis.message}` };
}

const WHERE: Record<FailureDomain, string> = {
  service: 'A service fails',
  version: 'What was deployed fails',
  machine: 'The machine fails',
  host: 'The host fails, not the machine',
  provider: 'The provider fails, not the machine',
  network: 'The network fails, not the machine',
  'control-plane': 'Our own side failed, not the machine',
  unknown: 'It is not known whether the machine fails',
};

/** Where the failure lies; `null` while nothing is wrong. Evidence about the way to the machine comes first. */
export function diagnose(input: DiagnosisInput): Diagnosis | null {
  const { verdict, record, now } = input;
  // As long as an incident is open something is wrong, also while the machine's own reports say that it is well.
  if (verdict.health === 'healthy' && record.state.phase !== 'recovering') return null;
  const path = faultOnTheWay(input);
  if (path !== null) return path;
  if (verdict.health === 'healthy' || !isMeantToWork(record.state.phase)) return null;
  if (now < record.returnGraceUntil)
    return { domain: 'control-plane', message: 'The control plane was away until just now' };
  if (verdict.health === 'unhealthy') return faultOfMachine(verdict.findings, record);
  // What has just been started is given time; what was known before stays known.
  if (now < record.startGraceUntil) return record.diagnosis;
  const codes = verdict.findings.map((finding) => finding.code).join(', ');
  return { domain: 'unknown', message: `Nothing tells where it lies (${codes})` };
}

function faultOnTheWay(input: DiagnosisInput): Diagnosis | null {
  const { provider, pidnap, inside } = input.observation;
  if (!provider.ok)
    return provider.code === 'HOST_UNREACHABLE'
      ? { domain: 'host', message: `The host does not answer: ${provider.message}` }
      : { domain: 'provider', message: `The provider does not answer: ${provider.message}` };
  if (provider.value.state === 'unknown')
    return { domain: 'provider', message: 'The provider does not know the state of the machine' };
  if (pidnap === null) return null;
  // Who answers as pidnap is on the way of the daemon as well: what is wrong with the daemon then is its own.
  if (pidnap.ok) return contradiction(input);
  // It is well inside, or says so itself: what is wrong lies between it and us, and is not the way.
  const isAlive = inside?.ok ? inside.value.pidnapAnswers : isHeardOf(input);
  if (isAlive && isRefused(input.observation)) return { domain: 'unknown', message: REFUSES_COMMANDS };
  if (inside?.ok)
    return inside.value.pidnapAnswers
      ? { domain: 'network', message: 'pidnap answers inside the machine, and not from here' }
      : null;
  if (pidnap.code === 'HOST_UNREACHABLE' || inside?.code === 'HOST_UNREACHABLE')
    return { domain: 'host', message: `The host stopped answering during the look: ${pidnap.message}` };
  return isHeardOf(input)
    ? { domain: 'network', message: 'The machine’s reports arrive, and nothing in it answers from here' }
    : null;
}

/** A service that only we do not hear. What is known to be sick beside it is acted on all the same. */
function contradiction({ observation, verdict, record }: DiagnosisInput): Diagnosis | null {
  if (verdict.health === 'unhealthy') return null;
  const spec = record.services.find(({ name }) => isContradicted(observation, name));
  if (spec === undefined) return null;
  const message = `pidnap says that ${spec.name} is healthy, and ${spec.name} does not answer from here`;
  return { domain: 'network', message };
}

/** Whether the daemon says, in time, that all is well with pidnap: then it runs, whatever we can reach. */
function isHeardOf({ record: { report }, now, policy }: DiagnosisInput): boolean {
  return report !== null && report.report.pidnapAnswers && !isReportLate({ report, now, policy });
}

function faultOfMachine(findings: Finding[], record: MachineRecord): Diagnosis {
  const message = findings.map((finding) => finding.message).join('; ');
  if (findings.some((finding) => finding.service === null)) return { domain: 'machine', message };
  const change = findings.map((finding) => changeToBlame(finding, record)).find((one) => one !== null);
  return change === undefined
    ? { domain: 'service', message }
    : { domain: 'version', message: `${message}; ${change}` };
}

/** What was deployed since this machine last worked, if it is what the service that went down runs from. */
function changeToBlame({ code, service }: Finding, record: MachineRecord): string | null {
  if (code !== 'service-down' && code !== 'daemon-down') return null;
  const { versions } = record;
  if (versions === null || isKnownGood(record)) return null;
  const worked = lastWorking(record);
  if (worked === null) return null;
  const repository = service === DAEMON ? 'platform' : 'customer';
  if (worked[repository] !== versions[repository])
    return `${repository} was changed from ${worked[repository].slice(0, 7)}, which worked, to ${versions[repository].slice(0, 7)}`;
  if (worked.image === versions.image) return null;
  return `the image was changed from ${shortImage(worked.image)}, which worked, to ${shortImage(versions.image)}`;
}
