import { randomBytes } from 'node:crypto';
import type { Inspection } from '@fettle/contract/host-agent';
import type { ActionRef } from '@fettle/contract/ids';
import { HostProblem } from '../host/host-machines.ts';
import { createOrdersOnTheirWay } from '../host/orders-on-their-way.ts';
import { nextAction } from '../host/sequences.ts';
import { Refusal } from '../server/call.ts';
import type { FlyParts } from './parts.ts';
import type { Change, FlyState, MachineEvent, MachineRecord } from './record.ts';
import { sightingOf, UNDER_WAY, type HostStatus, type Sighting } from './settle.ts';

/** The most events that a machine keeps, and the most destroyed machines that can still be asked for. */
const MOST_EVENTS = 50;
const MOST_DESTROYED = 200;

/** A machine as it is at this moment. */
export type Machine = {
  record: MachineRecord;
  state: Sighting['state'];
  /** As it is told: a drill can have it told otherwise. */
  told: { state: string; hostStatus: HostStatus };
};

/** All machines, each looked at where it really is. */
export interface Machines {
  /** Throws a 404 for one that the app does not have. A destroyed one can still be asked for. */
  find(app: string, id: string): Promise<Machine>;
  all(): Promise<Machine[]>;
  /** Stores what the machine is on its way to, and has the host begin it. Answers with the machine on its way. */
  begin(
    id: string,
    kind: Change['kind'],
    send: (action: ActionRef, record: MachineRecord) => Promise<void>,
    also?: { changes?: Partial<MachineRecord>; event?: MachineEvent },
  ): Promise<Machine>;
  change(id: string, changes: Partial<MachineRecord>, event?: MachineEvent): MachineRecord;
  /** The host's word; `null` when it cannot be asked. */
  inspection(machineId: string): Promise<Inspection | null>;
}

/** Fly Machines over the machines of a host. */
export function createMachines(parts: FlyParts): Machines {
  const { file, host, faults, now } = parts;
  const sending = createOrdersOnTheirWay();

  async function look(record: MachineRecord): Promise<Machine | null> {
    const wasSending = record.change !== null && sending.has(record.change.action);
    const needed = record.rests !== 'destroyed' && (record.rests !== 'created' || record.change !== null);
    const seen = needed ? await inspection(record.machineId) : null;
    const present = file.state.machines.find(({ id }) => id === record.id);
    if (present === undefined) return null;
    // What the host said is of before a change that came meanwhile: it says nothing about it.
    if (present.updatedAt !== record.updatedAt || present.change?.action.id !== record.change?.action.id)
      return look(present);
    const sighting = sightingOf(present, seen, { sending: wasSending, now: now() });
    const settled = Object.keys(sighting.changes).length === 0 ? present : settle(present, sighting);
    return { record: settled, state: sighting.state, told: toldOf(settled, sighting) };
  }

  async function inspection(machineId: string): Promise<Inspection | null> {
    try {
      return await host.inspect(machineId);
    } catch (error) {
      if (error instanceof HostProblem) return null;
      throw error;
    }
  }

  function settle(present: MachineRecord, { changes, happened, state: seen }: Sighting): MachineRecord {
    return file.change((state) => {
      const record = Object.assign(recordOf(state, present.id), changes);
      if (happened !== null) addEvent(record, settledEvent(happened, record, now()));
      if (seen === 'destroyed' || seen === 'failed') detach(state, present, seen);
      dropOldest(state);
      return record;
    });
  }

  function toldOf(record: MachineRecord, { state, hostStatus }: Sighting): Machine['told'] {
    const ofThis = ({ machine }: { machine: string }) => isNamed(record, machine);
    if (faults.take('error', ofThis) !== null) return { state: 'failed', hostStatus };
    return { state: faults.take('claim-state', ofThis)?.state ?? state, hostStatus };
  }

  return {
    inspection,

    async find(app, id) {
      const record = file.state.machines.find((machine) => machine.id === id && machine.app === app);
      const denied =
        record !== undefined && faults.take('deny', ({ machine }) => isNamed(record, machine)) !== null;
      const machine = record === undefined || denied ? null : await look(record);
      if (machine === null) throw notFound(id);
      return machine;
    },

    async all() {
      const seen = await Promise.all(file.state.machines.map(look));
      return seen.filter((machine) => machine !== null);
    },

    async begin(id, kind, send, { changes = {}, event } = {}) {
      const record = file.change((state) => {
        const present = recordOf(state, id);
        const action = nextAction(state.sequences, present.machineId, now());
        addEvent(present, event ?? eventOf(kind, 'user', UNDER_WAY[kind], now()));
        return Object.assign(present, { ended: null }, changes, {
          change: { kind, action },
          updatedAt: now(),
        });
      });
      await sending.send(record.change!.action, () => send(record.change!.action, record));
      const sighting = sightingOf(record, null, { sending: true, now: now() });
      return { record, state: sighting.state, told: toldOf(record, sighting) };
    },

    change: (id, changes, event) =>
      file.change((state) => {
        const record = Object.assign(recordOf(state, id), changes, { updatedAt: now() });
        if (event !== undefined) addEvent(record, event);
        return record;
      }),
  };
}

/** Whether a name that a drill uses is this machine's. */
export function isNamed({ id, name, machineId }: MachineRecord, machine: string): boolean {
  return machine === id || machine === name || machine === machineId;
}

/** An event with an id of its own. */
export function eventOf(
  type: string,
  source: MachineEvent['source'],
  status: string,
  at: number,
  request?: Record<string, unknown>,
): MachineEvent {
  const id = `${at.toString(32).toUpperCase()}${randomBytes(6).toString('hex').toUpperCase()}`;
  return { id, type, status, source, timestamp: at, ...(request === undefined ? {} : { request }) };
}

function settledEvent(
  happened: NonNullable<Sighting['happened']>,
  record: MachineRecord,
  at: number,
): MachineEvent {
  if (happened === 'started') return eventOf('start', 'flyd', 'started', at);
  if (happened === 'destroyed') return eventOf('destroy', 'flyd', 'destroyed', at);
  if (happened === 'failed') return eventOf('launch', 'flyd', record.rests, at);
  const { ended } = record;
  return eventOf('exit', 'flyd', 'stopped', at, {
    exit_event: {
      requested_stop: happened === 'stopped',
      restarting: false,
      exit_code: ended?.exitCode ?? 0,
      oom_killed: ended?.memoryKilled ?? false,
      exited_at: new Date(at).toISOString(),
    },
  });
}

/**
 * A destroyed machine leaves its volume behind, with the disk of the host's machine; one that the host has lost has
 * taken the disk with it. Of one that could not be made there is no disk.
 */
function detach(state: FlyState, before: MachineRecord, seen: 'destroyed' | 'failed'): void {
  const volume = state.volumes.find(({ attachedTo }) => attachedTo === before.id);
  if (volume === undefined) return;
  volume.attachedTo = null;
  if (seen === 'failed') volume.diskOf = null;
  else if (before.change?.kind !== 'destroy')
    state.volumes = state.volumes.filter(({ id }) => id !== volume.id);
}

function dropOldest(state: FlyState): void {
  const destroyed = state.machines.filter(({ rests }) => rests === 'destroyed');
  const dropped = new Set(destroyed.slice(0, Math.max(0, destroyed.length - MOST_DESTROYED)));
  state.machines = state.machines.filter((machine) => !dropped.has(machine));
}

function addEvent(record: MachineRecord, event: MachineEvent): void {
  record.events = [event, ...record.events].slice(0, MOST_EVENTS);
}

function recordOf({ machines }: FlyState, id: string): MachineRecord {
  const record = machines.find((machine) => machine.id === id);
  if (record === undefined) throw notFound(id);
  return record;
}

function notFound(id: string): Refusal {
  return new Refusal(404, `machine not found: ${id}`);
}
