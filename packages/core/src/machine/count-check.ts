/**
 * Counts failed checks in a row. Checks that were pulled forward do not make the count run faster than time: a failed
 * check counts once per half interval, so that a burst of reports cannot open an incident.
 */
import type { Policy, Verdict } from '@fettle/contract';
import type { MachineRecord } from './record.ts';

type Check = MachineRecord['check'];

/** The counters after one check. A check that could not tell leaves them as they are. */
export function countCheck(input: {
  check: Check;
  verdict: Verdict;
  now: number;
  intervalMs: number;
}): Check {
  const { check, verdict, now, intervalMs } = input;
  if (verdict.health === 'unknown') return check;
  if (verdict.health === 'healthy') return check.failed === 0 ? check : withoutFailures(check);
  if (check.lastFailedAt !== null && now - check.lastFailedAt < intervalMs / 2) return check;
  const isGone = verdict.findings.some((finding) => finding.code === 'machine-gone');
  return {
    ...check,
    failed: check.failed + 1,
    firstFailedAt: check.firstFailedAt ?? now,
    lastFailedAt: now,
    gone: isGone ? check.gone + 1 : 0,
  };
}

/** The counters as after a check that passed. */
export function withoutFailures(check: Check): Check {
  return { ...check, failed: 0, firstFailedAt: null, lastFailedAt: null, gone: 0 };
}

/** Enough failed checks in a row, or the provider has said often enough that the machine is gone. */
export function shouldOpenIncident(check: Check, policy: Policy): boolean {
  return check.failed >= policy.check.unhealthyAfter || check.gone >= policy.check.goneAfter;
}
