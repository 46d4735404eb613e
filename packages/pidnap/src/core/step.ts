/**
 * The state machine of one process. Every fact and every command is an event for `step`; what must be done comes back
 * as effects, and the single next time to look again as `wakeAt`. No clock, no I/O, no randomness in here.
 */
import type { ProcessDefinition } from '../contract/definition.ts';
import { restart, start, stop } from './command.ts';
import { killOverdue } from './ending.ts';
import type { Effect, ProcessEvent, Transition } from './event.ts';
import { dependenciesSeen } from './gate.ts';
import { probed, takeDueProbe } from './health.ts';
import { exited, spawned, spawnFailed, treeGone } from './life.ts';
import { due } from './on-schedule.ts';
import type { ProcessRecord } from './record.ts';
import { redefined } from './redefine.ts';

export interface Step {
  readonly record: ProcessRecord;
  readonly effects: readonly Effect[];
  /** When to send the next `tick`; null: never by itself. May lie in the past, which means at once. */
  readonly wakeAt: number | null;
}

/**
 * Decides what an event means for a process. Total: an event that has no meaning in a state, or speaks of an older
 * run, leaves the record as it is (the same object) without effects.
 */
export function step(
  record: ProcessRecord,
  event: ProcessEvent,
  now: number,
  policy: ProcessDefinition,
): Step {
  const { record: next, effects = [] } = transition(record, event, now, policy);
  return { record: next, effects, wakeAt: wakeAt(next) };
}

function transition(
  record: ProcessRecord,
  event: ProcessEvent,
  now: number,
  policy: ProcessDefinition,
): Transition {
  if ('run' in event && event.run !== record.runs) return { record };
  switch (event.type) {
    case 'start':
      return start(record, now);
    case 'stop':
      return stop(record, event, now, policy);
    case 'restart':
      return restart(record, event, now, policy);
    case 'redefined':
      return redefined(record, event.previous, now, policy);
    case 'dependencies':
      return dependenciesSeen(record, event.unmet, now, policy);
    case 'spawned':
      return spawned(record, event, now, policy);
    case 'spawn-failed':
      return spawnFailed(record, event.message, now, policy);
    case 'exited':
      return exited(record, event, now, policy);
    case 'tree-gone':
      return treeGone(record, now, policy);
    case 'probed':
      return probed(record, event, now, policy);
    case 'due':
      return due(record, now, policy);
    case 'tick':
      return tick(record, now);
    default:
      return event satisfies never;
  }
}

function tick(record: ProcessRecord, now: number): Transition {
  const { phase } = record;
  switch (phase.state) {
    case 'backing-off':
      if (now < phase.nextStartAt) return { record };
      return { record: { ...record, phase: { state: 'pending' }, since: now } };
    case 'stopping':
      return killOverdue(record, phase, now);
    case 'running':
      return takeDueProbe(record, now);
    case 'pending':
    case 'blocked':
    case 'starting':
    case 'scheduled':
    case 'stopped':
    case 'completed':
    case 'failed':
      return { record };
    default:
      return phase satisfies never;
  }
}

/** The one place that says when a record wants the next `tick`. */
export function wakeAt(record: ProcessRecord): number | null {
  const { phase } = record;
  if (phase.state === 'backing-off') return phase.nextStartAt;
  if (phase.state === 'stopping') return phase.killAt;
  if (phase.state === 'running') return record.health.nextProbeAt;
  return null;
}
