/** What Fly's states mean to us. Pure. */
import type { ProviderState } from '@fettle/contract';
import type { FlyEvent, FlyMachine } from './machine.ts';

/** All states of Fly's documentation ("Machine states"). */
const MEANINGS: Record<string, ProviderState> = {
  creating: 'creating',
  created: 'stopped',
  starting: 'starting',
  restarting: 'starting',
  updating: 'starting',
  replacing: 'starting',
  started: 'running',
  stopping: 'stopping',
  suspending: 'stopping',
  stopped: 'stopped',
  suspended: 'paused',
  // Neither runs, and a start may do; `trouble` says what is wrong.
  failed: 'stopped',
  launch_failed: 'stopped',
  destroying: 'stopping',
  destroyed: 'absent',
  // An old version of a machine, or one that Fly moves: says nothing of the machine itself.
  replaced: 'unknown',
  migrated: 'unknown',
};

/** The state of a machine. While its host is out of Fly's reach the state that Fly tells is an old one. */
export function stateOf({ state, host_status }: Pick<FlyMachine, 'state' | 'host_status'>): ProviderState {
  if (state !== 'destroyed' && (host_status === 'unreachable' || host_status === 'unknown')) return 'unknown';
  return Object.hasOwn(MEANINGS, state) ? (MEANINGS[state] ?? 'unknown') : 'unknown';
}

/** Whether Fly has given up on running it. */
export function hasFailed({ state }: Pick<FlyMachine, 'state'>): boolean {
  return state === 'failed' || state === 'launch_failed';
}

/** The start of the present or last run; `null` when Fly tells of none. */
export function lastStart({ events }: Pick<FlyMachine, 'events'>): FlyEvent | null {
  return newest(events.filter(({ type, status }) => type === 'start' && status === 'started'));
}

/** How the last run ended; `null` while none has, or another has begun since. */
export function lastExit(machine: Pick<FlyMachine, 'events'>): FlyEvent | null {
  const exit = newest(machine.events.filter(({ type }) => type === 'exit'));
  return exit !== null && exit.timestamp >= (lastStart(machine)?.timestamp ?? 0) ? exit : null;
}

/** Changes with every run: Fly's `instance_id` names a config. */
export function runOf(machine: FlyMachine): string {
  const start = lastStart(machine);
  return `${machine.id}#${start === null ? '0' : start.id || start.timestamp}`;
}

function newest(events: readonly FlyEvent[]): FlyEvent | null {
  return events.reduce<FlyEvent | null>(
    (latest, event) => (latest === null || event.timestamp > latest.timestamp ? event : latest),
    null,
  );
}
