/** Decides what the commands start, stop and restart mean in each state. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { StateReason } from '../contract/process.ts';
import { beginStop } from './ending.ts';
import type { ProcessEvent, Transition } from './event.ts';
import { hasEnded, isOver, type ProcessRecord } from './record.ts';
import { clearCounts, enqueue } from './settle.ts';

type StopEvent = Extract<ProcessEvent, { type: 'stop' }>;

/** Wants it up. Moves a process that has ended, waits for its schedule (it runs now), or is being stopped for good. */
export function start(record: ProcessRecord, now: number): Transition {
  if (hasEnded(record) || record.phase.state === 'scheduled') {
    return { record: enqueue(clearCounts(record), now, 'start-requested', 'somebody asked for a start') };
  }
  if (record.phase.state === 'stopping' && record.phase.then === 'stay-down') {
    return startAgainAfterStop(record, 'start-requested', 'starts again once the old tree is gone');
  }
  return record.desired === 'up' ? { record } : { record: { ...record, desired: 'up' } };
}

/** Wants it down, and off its schedule. A shutdown keeps the wish, so that the process comes back with the next boot. */
export function stop(
  record: ProcessRecord,
  event: StopEvent,
  now: number,
  policy: ProcessDefinition,
): Transition {
  const wanted = unwanted(record, event.reason);
  const message = STOP_MESSAGES[event.reason];
  const { phase } = record;
  switch (phase.state) {
    case 'starting':
    case 'running':
      return beginStop(wanted, { then: 'stay-down', reason: event.reason, message }, now, policy);
    case 'stopping':
      // A task that ended by itself is not cut off by a shutdown, however long its children take.
      if (event.reason === 'shutdown' && isOver(record) && runsOnce(policy)) return { record: wanted };
      return { record: { ...wanted, phase: { ...phase, then: 'stay-down' }, reason: event.reason, message } };
    case 'pending':
    case 'blocked':
    case 'backing-off':
    case 'scheduled':
      return {
        record: { ...wanted, phase: { state: 'stopped' }, since: now, reason: event.reason, message },
      };
    case 'stopped':
    case 'completed':
    case 'failed':
      return { record: wanted };
    default:
      return phase satisfies never;
  }
}

function runsOnce({ restart, schedule }: ProcessDefinition): boolean {
  return restart === 'never' && schedule === undefined;
}

const STOP_MESSAGES: Record<StopEvent['reason'], string> = {
  'stop-requested': 'somebody asked for a stop',
  shutdown: 'pidnap is shutting down',
  removed: 'the process is being removed',
};

function unwanted(record: ProcessRecord, reason: StopEvent['reason']): ProcessRecord {
  const desired = reason === 'shutdown' ? record.desired : 'down';
  if (record.desired === desired && !record.queuedRun) return record;
  return { ...record, desired, queuedRun: false };
}

const RESTART_MESSAGES = {
  'restart-requested': 'somebody asked for a restart',
  'definition-changed': 'the definition changed',
  'environment-changed': 'the environment changed',
} as const;

/** A fresh run with a full budget. A command says so from any state; a change only where a run would be out of date. */
export function restart(
  record: ProcessRecord,
  { reason }: Extract<ProcessEvent, { type: 'restart' }>,
  now: number,
  policy: ProcessDefinition,
): Transition {
  switch (reason) {
    case 'restart-requested':
      return startAnew(record, reason, now, policy);
    case 'definition-changed':
      return isWanted(record) ? startAnew(record, reason, now, policy) : { record };
    case 'environment-changed':
      return isUp(record) ? startAnew(record, reason, now, policy) : { record };
    default:
      return reason satisfies never;
  }
}

/** A run of it is wanted now: it is not meant to be down, and does not wait for a time of its schedule. */
export function isWanted(record: ProcessRecord): boolean {
  return record.desired === 'up' && !waitsForSchedule(record);
}

function waitsForSchedule({ phase }: ProcessRecord): boolean {
  return phase.state === 'scheduled' || (phase.state === 'stopping' && phase.then === 'await-schedule');
}

function isUp({ phase }: ProcessRecord): boolean {
  return phase.state === 'starting' || phase.state === 'running';
}

function startAnew(
  record: ProcessRecord,
  reason: keyof typeof RESTART_MESSAGES,
  now: number,
  policy: ProcessDefinition,
): Transition {
  const message = RESTART_MESSAGES[reason];
  const fresh: ProcessRecord = { ...clearCounts(record), desired: 'up' };
  const { phase } = record;
  switch (phase.state) {
    case 'starting':
      // A command finds a start under way that is fresh already; under a changed definition or environment it is not.
      if (reason === 'restart-requested') return { record: fresh };
      return beginStop(fresh, { then: 'start-again', reason, message }, now, policy);
    case 'running':
      return beginStop(fresh, { then: 'start-again', reason, message }, now, policy);
    case 'stopping':
      return startAgainAfterStop(fresh, reason, message);
    case 'pending':
    case 'blocked':
      return { record: fresh };
    case 'backing-off':
    case 'scheduled':
    case 'stopped':
    case 'completed':
    case 'failed':
      return { record: enqueue(fresh, now, reason, message) };
    default:
      return phase satisfies never;
  }
}

function startAgainAfterStop(record: ProcessRecord, reason: StateReason, message: string): Transition {
  if (record.phase.state !== 'stopping') return { record };
  return {
    record: { ...record, desired: 'up', phase: { ...record.phase, then: 'start-again' }, reason, message },
  };
}
