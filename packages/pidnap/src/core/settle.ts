/** Decides what follows the end of a run: start again after a delay, rest, or give up. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { StateReason } from '../contract/process.ts';
import { backoffDelay } from './backoff.ts';
import { NO_HEALTH, type ProcessRecord } from './record.ts';

type Cause = { reason: StateReason; message: string };

/** To `pending`, with the time it became wanted. */
export function enqueue(
  record: ProcessRecord,
  now: number,
  reason: StateReason,
  message: string,
): ProcessRecord {
  return {
    ...record,
    desired: 'up',
    phase: { state: 'pending' },
    since: now,
    reason,
    message,
    health: NO_HEALTH,
    queuedAt: now,
  };
}

/** A full budget and the shortest delay again. */
export function clearCounts(record: ProcessRecord): ProcessRecord {
  return { ...record, recentRestarts: [], attempt: 0 };
}

/** The policy starts the process again after a failure. */
export function restartsFailures(policy: ProcessDefinition): boolean {
  return (
    policy.restart === 'always' || policy.restart === 'unless-stopped' || policy.restart === 'on-failure'
  );
}

function restartsSuccesses(policy: ProcessDefinition): boolean {
  return (
    policy.restart === 'always' || policy.restart === 'unless-stopped' || policy.restart === 'on-success'
  );
}

/** A run that ended by itself: its exit says whether it was a success. */
export function settleExit(record: ProcessRecord, now: number, policy: ProcessDefinition): ProcessRecord {
  if (record.signal !== null) {
    return settleFailure(
      record,
      { reason: 'killed-by-signal', message: `killed by ${record.signal}` },
      now,
      policy,
    );
  }
  if (record.exitCode !== 0) {
    const message =
      record.exitCode === null ? 'ended, nobody saw how' : `exited with code ${record.exitCode}`;
    return settleFailure(record, { reason: 'exited-nonzero', message }, now, policy);
  }
  const cause: Cause = { reason: 'exited-zero', message: 'exited with code 0' };
  if (restartsSuccesses(policy)) return startLater(record, cause, now, policy);
  return { ...clearCounts(record), ...cause, phase: { state: 'completed' }, since: now, health: NO_HEALTH };
}

/** A run that failed: by its exit, by its health, or because it could not be spawned. */
export function settleFailure(
  record: ProcessRecord,
  cause: Cause,
  now: number,
  policy: ProcessDefinition,
): ProcessRecord {
  if (restartsFailures(policy)) return startLater(record, cause, now, policy);
  return { ...record, ...cause, phase: { state: 'failed' }, since: now, health: NO_HEALTH };
}

function startLater(
  ended: ProcessRecord,
  cause: Cause,
  now: number,
  policy: ProcessDefinition,
): ProcessRecord {
  const record = wasStable(ended, policy) ? clearCounts(ended) : ended;
  const { maxRestarts, withinMs } = policy.budget;
  const recent = record.recentRestarts.filter((at) => at > now - withinMs);
  if (recent.length >= maxRestarts) {
    return {
      ...record,
      phase: { state: 'failed' },
      since: now,
      reason: 'budget-used-up',
      message: `${cause.message}; given up after ${recent.length} restarts within ${withinMs} ms`,
      health: NO_HEALTH,
      recentRestarts: recent,
    };
  }
  const delay = backoffDelay(policy.backoff, record);
  return {
    ...record,
    phase: { state: 'backing-off', nextStartAt: now + delay },
    since: now,
    reason: cause.reason,
    message: `${cause.message}; starts again in ${delay} ms`,
    health: NO_HEALTH,
    restarts: record.restarts + 1,
    recentRestarts: [...recent, now],
    attempt: record.attempt + 1,
    queuedAt: now,
  };
}

/** Long enough up, and healthy at some time where health is checked: a service that never got well is not stable. */
function wasStable({ startedAt, stoppedAt, healthyAt }: ProcessRecord, policy: ProcessDefinition): boolean {
  return (
    startedAt !== null &&
    stoppedAt !== null &&
    healthyAt !== null &&
    stoppedAt - startedAt >= policy.minUptimeMs
  );
}
