/** Decides what a time of the schedule means, by the state the process is in and its rule for overlaps. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { beginStop } from './ending.ts';
import type { Transition } from './event.ts';
import type { ProcessRecord } from './record.ts';
import { enqueue } from './settle.ts';

const DUE = { reason: 'schedule-due', message: 'a time of the schedule came' } as const;

/** A time has come. Means nothing to a process that is off its schedule: stopped, failed, or without one. */
export function due(record: ProcessRecord, now: number, policy: ProcessDefinition): Transition {
  const { phase } = record;
  if (!policy.schedule || record.desired === 'down') return { record };
  switch (phase.state) {
    case 'scheduled':
      return { record: enqueue(record, now, DUE.reason, DUE.message) };
    case 'stopping':
      return phase.then === 'stay-down' ? { record } : overlap(record, now, policy);
    case 'pending':
    case 'blocked':
    case 'backing-off':
    case 'starting':
    case 'running':
      return overlap(record, now, policy);
    case 'stopped':
    case 'completed':
    case 'failed':
      return { record };
    default:
      return phase satisfies never;
  }
}

/** The run before is not over. At most one run is queued: a further time is left out. */
function overlap(record: ProcessRecord, now: number, policy: ProcessDefinition): Transition {
  const skipped: ProcessRecord = { ...record, skippedRuns: record.skippedRuns + 1 };
  const rule = policy.schedule?.overlap ?? 'skip';
  switch (rule) {
    case 'skip':
      return { record: skipped };
    case 'queue':
      return { record: record.queuedRun ? skipped : { ...record, queuedRun: true } };
    case 'replace':
      return replace(record, skipped, now, policy);
    default:
      return rule satisfies never;
  }
}

function replace(
  record: ProcessRecord,
  skipped: ProcessRecord,
  now: number,
  policy: ProcessDefinition,
): Transition {
  const { phase } = record;
  if (phase.state === 'starting' || phase.state === 'running') {
    return beginStop(record, { then: 'start-again', ...DUE }, now, policy);
  }
  if (phase.state === 'stopping' && phase.then !== 'start-again') {
    return { record: { ...record, phase: { ...phase, then: 'start-again' }, ...DUE } };
  }
  // A new run follows anyway, and stands for both times.
  return { record: skipped };
}
