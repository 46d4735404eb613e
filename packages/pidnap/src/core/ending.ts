/** Decides how a tree is ended: asked first, killed after the grace, killed again until it is gone. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { StateReason } from '../contract/process.ts';
import type { Transition } from './event.ts';
import { leaderOf, type AfterStop, type ProcessRecord, type StoppingPhase } from './record.ts';

/** Pause between two SIGKILLs to a tree that does not go: a process in uninterruptible sleep ends only when it wakes. */
const KILL_AGAIN_MS = 1000;

/** Begins to end the tree: the stop signal now, SIGKILL after the grace. A spawn under way is called off. */
export function beginStop(
  record: ProcessRecord,
  why: { then: AfterStop; reason: StateReason; message: string },
  now: number,
  policy: ProcessDefinition,
): Transition {
  const leader = leaderOf(record);
  return {
    record: {
      ...record,
      phase: {
        state: 'stopping',
        pid: leader?.pid ?? null,
        startTicks: leader?.startTicks ?? null,
        exit: null,
        killAt: now + policy.stop.graceMs,
        killed: false,
        then: why.then,
      },
      since: now,
      reason: why.reason,
      message: why.message,
      health: { ...record.health, nextProbeAt: null },
    },
    effects: leader === null ? [] : [{ type: 'signal', signal: policy.stop.signal, scope: 'group' }],
  };
}

/** The grace is over: SIGKILL to the tree, and again for as long as something of it is left. */
export function killOverdue(record: ProcessRecord, phase: StoppingPhase, now: number): Transition {
  if (now < phase.killAt) return { record };
  const killed = phase.pid !== null;
  return {
    record: { ...record, phase: { ...phase, killed, killAt: now + KILL_AGAIN_MS } },
    effects: killed ? [{ type: 'kill-tree' }] : [],
  };
}
