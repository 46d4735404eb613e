/** Decides what the facts of a run mean: spawned, not spawned, ended, its tree gone. */
import type { ProcessDefinition } from '../contract/definition.ts';
import { beginStop } from './ending.ts';
import type { Effect, ProcessEvent, Transition } from './event.ts';
import { beginHealth } from './health.ts';
import { NO_HEALTH, type AfterStop, type Leader, type ProcessRecord, type StoppingPhase } from './record.ts';
import { awaitSchedule, enqueue, settleExit, settleFailure } from './settle.ts';

/** The run has a pid. When it was called off meanwhile, it is asked to stop at once. */
export function spawned(
  record: ProcessRecord,
  { pid, startTicks }: Leader,
  now: number,
  policy: ProcessDefinition,
): Transition {
  const { phase } = record;
  if (phase.state === 'stopping' && phase.pid === null) {
    const killAt = now + policy.stop.graceMs;
    return {
      record: { ...record, startedAt: now, phase: { ...phase, pid, startTicks, killAt } },
      effects: [{ type: 'signal', signal: policy.stop.signal, scope: 'group' }],
    };
  }
  if (phase.state !== 'starting') return { record };
  return {
    record: {
      ...record,
      phase: { state: 'running', pid, startTicks },
      since: now,
      reason: 'spawned',
      message: `run ${record.runs} has pid ${pid}`,
      startedAt: now,
      healthyAt: policy.health ? null : now,
      health: beginHealth(policy.health, now),
    },
  };
}

/** The program could not be started at all: a failure like any other. */
export function spawnFailed(
  record: ProcessRecord,
  message: string,
  now: number,
  policy: ProcessDefinition,
): Transition {
  const { phase } = record;
  const ended: ProcessRecord = { ...record, exitCode: null, signal: null, oomKilled: false, stoppedAt: now };
  if (phase.state === 'stopping' && phase.pid === null) {
    return { record: afterStop(ended, phase.then, now, policy) };
  }
  if (phase.state !== 'starting') return { record };
  return { record: settleFailure(ended, { reason: 'spawn-failed', message }, now, policy) };
}

/** The process itself ended. What is left of its tree is ended before anything else happens. */
export function exited(
  record: ProcessRecord,
  event: Extract<ProcessEvent, { type: 'exited' }>,
  now: number,
  policy: ProcessDefinition,
): Transition {
  const { phase } = record;
  if (phase.state !== 'running' && !(phase.state === 'stopping' && phase.exit === null)) return { record };
  const exit = { exitCode: event.exitCode, signal: event.signal };
  const ended: ProcessRecord = { ...record, ...exit, oomKilled: event.oomKilled, stoppedAt: now };
  const then = phase.state === 'stopping' ? phase.then : 'settle';
  if (event.survivors === 0) return { record: afterStop(ended, then, now, policy) };
  const watch: Effect = { type: 'watch-tree', run: event.run };
  if (phase.state === 'stopping') {
    const next: Effect = phase.killed ? { type: 'kill-tree' } : askTree(policy);
    return { record: { ...ended, phase: { ...phase, exit } }, effects: [next, watch] };
  }
  const leftover = `ended and left ${event.survivors} process${event.survivors === 1 ? '' : 'es'} behind`;
  const stopping = beginStop(ended, { then, reason: 'leftover-children', message: leftover }, now, policy);
  const stoppingPhase = stopping.record.phase as StoppingPhase;
  return {
    record: { ...stopping.record, phase: { ...stoppingPhase, exit } },
    effects: [askTree(policy), watch],
  };
}

function askTree(policy: ProcessDefinition): Effect {
  return { type: 'signal', signal: policy.stop.signal, scope: 'tree' };
}

/** Nothing of the tree is left: the intention behind the stop decides. */
export function treeGone(record: ProcessRecord, now: number, policy: ProcessDefinition): Transition {
  const { phase } = record;
  if (phase.state !== 'stopping' || phase.exit === null) return { record };
  return { record: afterStop(record, phase.then, now, policy) };
}

/** What a tree was ended for, once it is gone. */
export function afterStop(
  record: ProcessRecord,
  then: AfterStop,
  now: number,
  policy: ProcessDefinition,
): ProcessRecord {
  const { reason, message } = record;
  const ended: ProcessRecord = { ...record, endMessage: message };
  switch (then) {
    case 'stay-down':
      return { ...ended, phase: { state: 'stopped' }, since: now, health: NO_HEALTH };
    case 'start-again':
      return enqueue(ended, now, reason, message);
    case 'await-schedule':
      return awaitSchedule(ended, { reason, message }, now);
    case 'settle':
      return settleExit(record, now, policy);
    case 'recover':
      return settleFailure(record, { reason: 'unhealthy', message }, now, policy);
    default:
      return then satisfies never;
  }
}
