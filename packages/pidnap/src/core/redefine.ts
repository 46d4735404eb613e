/** Decides what a new definition means at once: a new run, a schedule to be on or off, health to be asked anew. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { restart } from './command.ts';
import { beginStop } from './ending.ts';
import { isEqual } from './equal.ts';
import type { Transition } from './event.ts';
import { armHealthAnew } from './health.ts';
import type { ProcessRecord } from './record.ts';
import { needsNewRun } from './redefinition.ts';
import { awaitSchedule, clearCounts, enqueue } from './settle.ts';

/**
 * A process that was started with something else (command, folder, environment) is started anew, unless it is wanted
 * down. Everything else of a definition holds by itself with the next decision that asks for it.
 */
export function redefined(
  record: ProcessRecord,
  previous: ProcessDefinition,
  now: number,
  policy: ProcessDefinition,
): Transition {
  if (policy.schedule && !previous.schedule) return putOnSchedule(record, previous, now);
  const switched = previous.schedule && !policy.schedule ? takeOffSchedule(record, now) : record;
  // A run is no other run for being on or off a schedule.
  if (needsNewRun({ ...previous, schedule: undefined }, { ...policy, schedule: undefined })) {
    // By the rules for stopping of the definition it was started under.
    return restart(switched, { type: 'restart', reason: 'definition-changed' }, now, previous);
  }
  if (switched.phase.state !== 'running' || isEqual(previous.health, policy.health))
    return { record: switched };
  return { record: armHealthAnew(switched, now, policy.health) };
}

const NOW_SCHEDULED = { reason: 'definition-changed', message: 'runs on a schedule now' } as const;

/** A service that is up is ended; a task that is up ends by itself. What is wanted down stays down. */
function putOnSchedule(record: ProcessRecord, previous: ProcessDefinition, now: number): Transition {
  const { phase } = record;
  if (record.desired === 'down') return { record };
  switch (phase.state) {
    case 'pending':
    case 'blocked':
    case 'backing-off':
    case 'completed':
    case 'failed':
      return { record: awaitSchedule(clearCounts(record), NOW_SCHEDULED, now) };
    case 'starting':
    case 'running':
      if (previous.restart === 'never') return { record };
      return beginStop(record, { then: 'await-schedule', ...NOW_SCHEDULED }, now, previous);
    case 'stopping':
    case 'scheduled':
    case 'stopped':
      return { record };
    default:
      return phase satisfies never;
  }
}

/** What waited for its next time is a process like any other now, and starts. */
function takeOffSchedule(record: ProcessRecord, now: number): ProcessRecord {
  const { phase } = record;
  const unqueued: ProcessRecord = record.queuedRun ? { ...record, queuedRun: false } : record;
  if (phase.state === 'scheduled') {
    return enqueue(unqueued, now, 'definition-changed', 'no longer runs on a schedule');
  }
  if (phase.state === 'stopping' && phase.then === 'await-schedule') {
    return { ...unqueued, phase: { ...phase, then: 'start-again' } };
  }
  return unqueued;
}
