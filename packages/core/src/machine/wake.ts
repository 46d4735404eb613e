/** When a machine's object has to wake. One function computes it from the record, so that no path can forget it. */
import type { Policy } from '@fettle/contract';
import type { MachineRecord } from './record.ts';
import { sendable } from './outbox.ts';
import { LONGEST_RESEND_MS } from './resend-delay.ts';

/** How much less often a machine is looked at that is meant to be down. */
const STOPPED_FACTOR = 10;

/** Whether anything about this machine can still change without somebody asking for it. */
export function isWatched(record: MachineRecord): boolean {
  const { state } = record;
  switch (state.phase) {
    case 'new':
    case 'destroyed':
      return false;
    case 'bricked':
      return state.salvage.step !== 'done';
    case 'retired':
    case 'provisioning':
    case 'starting':
    case 'healthy':
    case 'suspect':
    case 'recovering':
    case 'settling':
    case 'stopping':
    case 'stopped':
      return true;
  }
}

/**
 * Whether the machine is down as it is meant to be. It is looked at now and then all the same: what said that it is
 * down may have been wrong, and something may start it again.
 */
export function isDownAsWanted({ state, desired }: MachineRecord): boolean {
  return state.phase === 'stopped' || (state.phase === 'retired' && state.settled && desired !== 'destroyed');
}

/**
 * Whether the first command that waits can be carried out now. What changes the checkouts waits until the change before
 * it is over; a look tells that.
 */
export function isCommandDue({ commands, change }: MachineRecord): boolean {
  const [command] = commands;
  if (command === undefined) return false;
  if (change === null) return true;
  return command.kind === 'start' || command.kind === 'restart' || command.kind === 'restart-services';
}

/**
 * The next wake: never at `now` itself, because an alarm set to the time of the firing one can be lost. A look that is
 * under way holds nothing up: one that is lost is asked anew at the next check.
 */
export function wakeAt(record: MachineRecord, now: number): number | null {
  const effect = record.pending?.do === 'observe' ? null : record.pending;
  let next = Infinity;
  if (record.outbox.length > 0) {
    for (const entry of sendable(record.outbox)) next = Math.min(next, entry.nextSendAt);
  }
  if (effect !== null) next = Math.min(next, effect.nextSendAt);
  else if (isCommandDue(record)) next = now;
  if (effect === null && isWatched(record)) next = Math.min(next, record.check.dueAt);
  return next === Infinity ? null : Math.max(now + 1, next);
}

/**
 * The latest time at which the alarm of this record may lie, `null` when it needs none. A record whose own times were
 * made by a clock that had jumped ahead does not tell it alone: nothing waits longer than its phase's rhythm.
 */
export function latestAlarm(record: MachineRecord, policy: Policy, now: number): number | null {
  const next = wakeAt(record, now);
  if (next === null) return null;
  const rhythm = policy.check.intervalMs * (isDownAsWanted(record) ? STOPPED_FACTOR : 2);
  return Math.min(next, now + Math.max(rhythm, LONGEST_RESEND_MS));
}

/**
 * The time of the next check. In quiet phases it lies on a grid that differs from machine to machine, so that a fleet
 * does not wake all at once. While something is under way looks follow each other at growing distances.
 */
export function nextCheckAt(record: MachineRecord, policy: Policy, now: number): number {
  const { intervalMs } = policy.check;
  if (isDownAsWanted(record)) return now + intervalMs * STOPPED_FACTOR;
  switch (record.state.phase) {
    case 'new':
    case 'destroyed':
    case 'healthy':
    case 'suspect': {
      const since = changingSince(record);
      return since === null ? onGrid(record, intervalMs, now) : now + following(since, intervalMs, now);
    }
    case 'recovering':
      return now + following(record.state.attempt?.dispatchedAt ?? record.state.since, intervalMs, now);
    case 'provisioning':
    case 'starting':
    case 'settling':
    case 'stopping':
    case 'stopped':
    case 'bricked':
    case 'retired':
      return now + following(record.state.since, intervalMs, now);
  }
}

/** Since when a change of versions is under way, or carried out and not seen yet. */
function changingSince({ change, order }: MachineRecord): number | null {
  if (change !== null) return change.startedAt;
  return order?.status === 'running' ? order.doneAt : null;
}

/**
 * The distance to the next look while something is under way: a quarter of the time that has passed, between one second
 * and the interval.
 */
export function following(since: number, intervalMs: number, now: number): number {
  return Math.min(intervalMs, Math.max(1000, Math.round((now - since) / 4)));
}

function onGrid(record: MachineRecord, intervalMs: number, now: number): number {
  const offset = checkOffset(record.identity.machineId, intervalMs);
  const next = now - ((now - offset) % intervalMs) + intervalMs;
  return next - now < intervalMs / 2 ? next + intervalMs : next;
}

/** Where in the interval a machine's checks lie, in milliseconds of Unix time. */
export function checkOffset(machineId: string, intervalMs: number): number {
  return hash(machineId) % intervalMs;
}

/** FNV-1a, 32 bits: spreads names well enough to tell phases apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}
