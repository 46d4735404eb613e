/** What the host's word means for a Fly Machine. Pure. */
import type { Inspection } from '@fettle/contract/host-agent';
import type { Change, MachineRecord } from './record.ts';

/** The states of Fly's documentation that occur here. */
export type FlyState =
  | MachineRecord['rests']
  | 'creating'
  | 'starting'
  | 'stopping'
  | 'restarting'
  | 'replacing'
  | 'destroying';

/** Whether Fly's own host can tell; it is said beside the state, which then is the last one that was known. */
export type HostStatus = 'ok' | 'unknown' | 'unreachable';

/** What is seen of a machine, and what changes in its record for good because of it. */
export type Sighting = {
  state: FlyState;
  hostStatus: HostStatus;
  changes: Partial<MachineRecord>;
  /** What goes into the machine's events. */
  happened: 'started' | 'stopped' | 'exited' | 'failed' | 'destroyed' | null;
};

/** The state of a machine that is on its way. */
export const UNDER_WAY: Record<Change['kind'], FlyState> = {
  create: 'creating',
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  update: 'replacing',
  destroy: 'destroying',
};

/**
 * Reads the host's word; `null`: it could not be asked. `sending`: the order for the change is still on its way to it.
 */
export function sightingOf(
  record: MachineRecord,
  seen: Inspection | null,
  { sending, now }: { sending: boolean; now: number },
): Sighting {
  const { change, rests } = record;
  const underWay = change === null ? rests : UNDER_WAY[change.kind];
  if (rests === 'destroyed' || (rests === 'created' && change === null)) return still(rests);
  if (sending) return still(underWay);
  if (seen === null) return still(underWay, 'unreachable');
  if (change === null) return resting(record, seen, now);
  const { operation } = seen;
  if (operation === null || operation.action.sequence < change.action.sequence)
    // The host has never heard of it: the order was lost on the way.
    return failed(record, change, now);
  if (operation.status === 'running') return still(underWay);
  if (operation.action.id === change.action.id && operation.status === 'failed')
    return failed(record, change, now);
  return done(record, change, now);
}

function resting(record: MachineRecord, seen: Inspection, now: number): Sighting {
  const { rests } = record;
  switch (seen.state) {
    case 'absent':
      // One that could not be made stays until somebody deletes it.
      return rests === 'failed' ? still(rests) : settled('destroyed', 'destroyed', now);
    case 'running':
    case 'paused':
      return rests === 'started' ? still('started') : settled('started', 'started', now);
    case 'stopped': {
      if (rests !== 'started') return still(rests);
      const ended = { exitCode: seen.exitCode, memoryKilled: seen.memoryKilled, at: now };
      return settled('stopped', 'exited', now, { ended });
    }
    case 'creating':
    case 'starting':
      return still('starting');
    case 'stopping':
      return still('stopping');
    case 'unknown':
      return still(rests, 'unknown');
    default:
      return seen.state satisfies never;
  }
}

function done(record: MachineRecord, { kind }: Change, now: number): Sighting {
  if (kind === 'stop') return settled('stopped', 'stopped', now);
  if (kind === 'destroy') return settled('destroyed', 'destroyed', now);
  return settled(
    'started',
    'started',
    now,
    kind === 'start' && !record.outOfDate ? {} : { outOfDate: false },
  );
}

function still(state: FlyState, hostStatus: HostStatus = 'ok'): Sighting {
  return { state, hostStatus, changes: {}, happened: null };
}

/** A machine that could not be made has failed; one that could not be changed is looked at as it is. */
function failed(record: MachineRecord, { kind }: Change, now: number): Sighting {
  if (kind === 'create') return settled('failed', 'failed', now);
  const changes = { change: null, updatedAt: now };
  return { state: record.rests, hostStatus: 'ok', changes, happened: 'failed' };
}

function settled(
  rests: MachineRecord['rests'],
  happened: Sighting['happened'],
  now: number,
  also: Partial<MachineRecord> = {},
): Sighting {
  return {
    state: rests,
    hostStatus: 'ok',
    changes: { rests, change: null, updatedAt: now, ...also },
    happened,
  };
}
