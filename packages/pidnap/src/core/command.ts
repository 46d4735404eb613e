/** Decides what the commands start, stop and restart mean in each state. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { StateReason } from '../contract/process.ts';
import { beginStop } from './ending.ts';
import type { ProcessEvent, Transition } from './event.ts';
import { hasEnded, type ProcessRecord } from './record.ts';
import { clearCounts, enqueue } from './settle.ts';

type StopEvent = Extract<ProcessEvent, { type: 'stop' }>;
type RestartEvent = Extract<ProcessEvent, { type: 'restart' }>;

/** Wants it up. Only a process that has ended, or is being stopped for good, is moved by this. */
export function start(record: ProcessRecord, now: number): Transition {
  if (hasEnded(record)) {
    return { record: enqueue(clearCounts(record), now, 'start-requested', 'somebody asked for a start') };
  }
  if (record.phase.state === 'stopping' && record.phase.then === 'stay-down') {
    return startAgainAfterStop(record, 'start-requested', 'starts again once the old tree is gone');
  }
  return record.desired === 'up' ? { record } : { record: { ...record, desired: 'up' } };
}

/** Wants it down. A shutdown keeps the wish, so that the process comes back with the next boot. */
export function stop(
  record: ProcessRecord,
  event: StopEvent,
  now: number,
  policy: ProcessDefinition,
): Transition {
  const wanted: ProcessRecord = event.reason === 'shutdown' ? record : { ...record, desired: 'down' };
  const message = STOP_MESSAGES[event.reason];
  const { phase } = record;
  switch (phase.state) {
    case 'starting':
    case 'running':
      return beginStop(wanted, { then: 'stay-down', reason: event.reason, message }, now, policy);
    case 'stopping':
      return { record: { ...wanted, phase: { ...phase, then: 'stay-down' }, reason: event.reason, message } };
    case 'pending':
    case 'blocked':
    case 'backing-off':
      return {
        record: { ...wanted, phase: { state: 'stopped' }, since: now, reason: event.reason, message },
      };
    case 'stopped':
    case 'completed':
    case 'failed':
      return { record: record.desired === wanted.desired ? record : wanted };
    default:
      return phase satisfies never;
  }
}

const STOP_MESSAGES: Record<StopEvent['reason'], string> = {
  'stop-requested': 'somebody asked for a stop',
  shutdown: 'pidnap is shutting down',
  removed: 'the process is being removed',
};

/** A fresh run with a full budget, from any state. A start that is under way is fresh already. */
export function restart(
  record: ProcessRecord,
  event: RestartEvent,
  now: number,
  policy: ProcessDefinition,
): Transition {
  const { reason } = event;
  const message = reason === 'definition-changed' ? 'the definition changed' : 'somebody asked for a restart';
  const fresh: ProcessRecord = { ...clearCounts(record), desired: 'up' };
  const { phase } = record;
  switch (phase.state) {
    case 'starting':
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
