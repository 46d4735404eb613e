/** Decides when to probe, what an answer means for the health of the run, and when bad health ends the run. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { HealthCheck } from '../contract/health-check.ts';
import { beginStop } from './ending.ts';
import type { Transition } from './event.ts';
import { NO_HEALTH, type HealthRecord, type ProcessRecord } from './record.ts';
import { restartsAfter } from './restart-policy.ts';

/** Health of a run that has just begun. */
export function beginHealth(check: HealthCheck | undefined, now: number): HealthRecord {
  return check ? { ...NO_HEALTH, nextProbeAt: now + pauseOf(check, false) } : NO_HEALTH;
}

/** Asks for the probe that is due; until its answer no other one is. */
export function takeDueProbe(record: ProcessRecord, now: number): Transition {
  const { nextProbeAt } = record.health;
  if (nextProbeAt === null || now < nextProbeAt) return { record };
  return {
    record: { ...record, health: { ...record.health, nextProbeAt: null } },
    effects: [{ type: 'probe', run: record.runs }],
  };
}

/**
 * Health of a run whose check was changed: asked anew at once. The run counts as well until the new check says
 * otherwise, so that dependants are not disturbed.
 */
export function armHealthAnew(
  record: ProcessRecord,
  now: number,
  check: HealthCheck | undefined,
): ProcessRecord {
  const healthyAt = check ? record.healthyAt : (record.healthyAt ?? now);
  return { ...record, healthyAt, health: { ...NO_HEALTH, nextProbeAt: check ? now : null } };
}

/** A probe answered. `retries` failures in a row make the run unhealthy; a policy that restarts failures ends it. */
export function probed(
  record: ProcessRecord,
  answer: { ok: boolean; message: string },
  now: number,
  policy: ProcessDefinition,
): Transition {
  const check = policy.health;
  if (record.phase.state !== 'running' || !check) return { record };
  const healthyAt = record.healthyAt ?? (answer.ok ? now : null);
  const health = judge(record, answer, now, check);
  const next: ProcessRecord = {
    ...record,
    healthyAt,
    health: {
      ...health,
      nextProbeAt: isProven(check, health) ? null : now + pauseOf(check, healthyAt !== null),
    },
  };
  if (health.status !== 'unhealthy' || !restartsAfter(policy.restart, 'failure')) return { record: next };
  const message = `unhealthy after ${health.failures} failed checks: ${answer.message}`;
  return beginStop(next, { then: 'recover', reason: 'unhealthy', message }, now, policy);
}

function judge(
  { health, healthyAt, startedAt }: ProcessRecord,
  { ok, message }: { ok: boolean; message: string },
  now: number,
  check: HealthCheck,
): HealthRecord {
  const answered = { ...health, checkedAt: now, message };
  if (ok) return { ...answered, status: 'healthy', failures: 0 };
  const forgiven = healthyAt === null && startedAt !== null && now < startedAt + check.startPeriodMs;
  if (forgiven) return answered;
  const failures = health.failures + 1;
  return { ...answered, failures, status: failures >= check.retries ? 'unhealthy' : health.status };
}

/** Nothing can change the answer any more: a line that once appeared is enough for the whole run. */
function isProven(check: HealthCheck, { status }: HealthRecord): boolean {
  return check.kind === 'log' && check.maxAgeMs === undefined && status === 'healthy';
}

function pauseOf(check: HealthCheck, wasHealthy: boolean): number {
  return wasHealthy ? check.intervalMs : Math.min(check.startIntervalMs, check.intervalMs);
}
