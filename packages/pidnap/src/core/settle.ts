/** Carries what follows the end of a run into the record, and puts a process in line for its next run. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { StateReason } from '../contract/process.ts';
import { exitCause, type Cause } from './exit-cause.ts';
import { NO_HEALTH, type ProcessRecord } from './record.ts';
import { NO_RESTARTS, whatFollows, type Outcome } from './restart-policy.ts';

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
  return { ...record, ...NO_RESTARTS };
}

/** A run that ended by itself: its exit says whether it was a success. */
export function settleExit(record: ProcessRecord, now: number, policy: ProcessDefinition): ProcessRecord {
  const { outcome, ...cause } = exitCause(record);
  return settle(record, { outcome, cause }, now, policy);
}

/** A run that failed: by its exit, by its health, or because it could not be spawned. */
export function settleFailure(
  record: ProcessRecord,
  cause: Cause,
  now: number,
  policy: ProcessDefinition,
): ProcessRecord {
  return settle(record, { outcome: 'failure', cause }, now, policy);
}

function settle(
  record: ProcessRecord,
  { outcome, cause }: { outcome: Outcome; cause: Cause },
  now: number,
  policy: ProcessDefinition,
): ProcessRecord {
  const ended: ProcessRecord = { ...record, since: now, health: NO_HEALTH, endMessage: cause.message };
  const next = whatFollows(outcome, record, now, policy);
  switch (next.to) {
    case 'scheduled':
      return awaitSchedule(ended, cause, now);
    case 'completed':
      return { ...clearCounts(ended), ...cause, phase: { state: 'completed' } };
    case 'failed':
      return { ...ended, ...cause, phase: { state: 'failed' } };
    case 'given-up': {
      const { recentRestarts } = next;
      const message = `${cause.message}; given up after ${recentRestarts.length} restarts within ${policy.budget?.withinMs} ms`;
      return { ...ended, phase: { state: 'failed' }, reason: 'budget-used-up', message, recentRestarts };
    }
    case 'backing-off': {
      const { delayMs, held, counts } = next;
      return {
        ...ended,
        ...counts,
        phase: { state: 'backing-off', nextStartAt: now + delayMs },
        reason: held ? 'crash-loop' : cause.reason,
        message: `${cause.message}; ${held ? 'held back: ' : ''}starts again in ${delayMs} ms`,
        restarts: record.restarts + 1,
        queuedAt: now,
      };
    }
    default:
      return next satisfies never;
  }
}

/** Back on schedule, or straight into the run whose time came meanwhile. */
export function awaitSchedule(record: ProcessRecord, cause: Cause, now: number): ProcessRecord {
  if (record.queuedRun) {
    const message = `${cause.message}; a time of the schedule came meanwhile`;
    return { ...enqueue(record, now, 'schedule-due', message), queuedRun: false };
  }
  return {
    ...record,
    phase: { state: 'scheduled' },
    since: now,
    reason: cause.reason,
    message: `${cause.message}; waits for the next time of its schedule`,
    health: NO_HEALTH,
  };
}
