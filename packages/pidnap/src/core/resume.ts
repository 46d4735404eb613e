/** Decides how a process goes on when pidnap was killed and a new one takes its place. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { Effect } from './event.ts';
import { afterStop } from './life.ts';
import type { ProcessRecord, StoppingPhase } from './record.ts';
import { settleExit, settleFailure } from './settle.ts';

/**
 * The state of a process within the same boot of the machine and under the same definition. `alive`: its recorded run was
 * found alive. What runs is adopted, what ended meanwhile is settled as an exit that nobody saw, what waits or rests does
 * so still.
 */
export function resumeRecord(
  old: ProcessRecord,
  { definition, now, alive }: { definition: ProcessDefinition; now: number; alive: boolean },
): ProcessRecord {
  const { phase } = old;
  switch (phase.state) {
    case 'running':
      return alive ? adopt(old, now, definition) : settleUnseen(old, now, definition);
    case 'starting':
      return settleUnseen(old, now, definition);
    case 'stopping':
      if (alive) return askAgain(old, phase, now, definition);
      return afterStop(phase.exit ? old : unseen(old, now), phase.then, now, definition);
    case 'pending':
    case 'blocked':
    case 'backing-off':
    case 'scheduled':
    case 'stopped':
    case 'completed':
    case 'failed':
      return old;
    default:
      return phase satisfies never;
  }
}

/** Nobody knows whether it was asked to end, so it is asked again and has the whole grace to do so. */
function askAgain(
  old: ProcessRecord,
  phase: StoppingPhase,
  now: number,
  { stop }: ProcessDefinition,
): ProcessRecord {
  return phase.killed ? old : { ...old, phase: { ...phase, killAt: now + stop.graceMs } };
}

/** What is to be done once about a run that was adopted in this state. */
export function effectsOfAdoption({ phase }: ProcessRecord, { stop }: ProcessDefinition): readonly Effect[] {
  if (phase.state !== 'stopping' || phase.killed) return [];
  return [{ type: 'signal', signal: stop.signal, scope: 'group' }];
}

/** The run goes on. It keeps the health it had, and is asked anew at once. */
function adopt(old: ProcessRecord, now: number, definition: ProcessDefinition): ProcessRecord {
  return {
    ...old,
    reason: 'adopted',
    message: `run ${old.runs} went on while pidnap was away`,
    health: { ...old.health, nextProbeAt: definition.health ? now : null },
  };
}

function settleUnseen(old: ProcessRecord, now: number, definition: ProcessDefinition): ProcessRecord {
  const ended = unseen(old, now);
  const isTask = definition.restart === 'never';
  return isTask ? settleFailure(ended, cutOff(old), now, definition) : settleExit(ended, now, definition);
}

/** The run ended, and its exit went to nobody. */
export function unseen(old: ProcessRecord, now: number): ProcessRecord {
  return { ...old, exitCode: null, signal: null, oomKilled: false, stoppedAt: now };
}

/** Why a run failed that nobody could follow to its end. */
export function cutOff({ runs }: ProcessRecord) {
  return {
    reason: 'interrupted-by-supervisor-restart',
    message: `run ${runs} was cut off when pidnap ended`,
  } as const;
}
