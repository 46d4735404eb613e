import type { Inspection } from '@fettle/contract/host-agent';
import type { ActionRef } from '@fettle/contract/ids';
import { HostProblem } from '../host/host-machines.ts';
import { createOrdersOnTheirWay } from '../host/orders-on-their-way.ts';
import { nextAction } from '../host/sequences.ts';
import { Refusal } from '../server/call.ts';
import { sandboxAnswer, type ToldState } from './answers.ts';
import type { DaytonaParts } from './parts.ts';
import type { Change, SandboxRecord } from './record.ts';
import { sightingOf, type SandboxState } from './settle.ts';

/** A sandbox as it is at this moment. */
export type Sandbox = {
  record: SandboxRecord;
  /** As it is. */
  state: SandboxState;
  /** As it is told: a drill can have it told otherwise. */
  told: { state: ToldState; errorReason: string | null; recoverable: boolean };
};

/** All sandboxes, each looked at where it really is. */
export interface Sandboxes {
  /** By id or by name. Throws a 404 for one that is gone, also when nobody has deleted it here. */
  find(idOrName: string): Promise<Sandbox>;
  all(): Promise<Sandbox[]>;
  /** Stores what the sandbox is on its way to, and has the host begin it. Answers with the sandbox on its way. */
  begin(
    id: string,
    kind: Change['kind'],
    send: (action: ActionRef, record: SandboxRecord) => Promise<void>,
    also?: Partial<SandboxRecord> & { snapshotId?: string },
  ): Promise<Sandbox>;
  change(id: string, changes: Partial<SandboxRecord>): Sandbox['record'];
  /** Notes that a sandbox is in use; written with the next change. */
  touch(id: string): void;
  answer(sandbox: Sandbox): ReturnType<typeof sandboxAnswer>;
}

/** Sandboxes over the machines of a host. */
export function createSandboxes(parts: DaytonaParts): Sandboxes {
  const { file, host, faults } = parts;
  const sending = createOrdersOnTheirWay();

  async function look(record: SandboxRecord): Promise<Sandbox | null> {
    const wasSending = isSending(record);
    const seen = await inspection(record.machineId);
    const present = file.state.sandboxes.find(({ id }) => id === record.id);
    if (present === undefined) return null;
    // What the host said is of before a change that came meanwhile: it says nothing about it.
    if (present.updatedAt !== record.updatedAt || present.change?.action.id !== record.change?.action.id)
      return look(present);
    const sighting = sightingOf(present, seen, { sending: wasSending, now: parts.now() });
    const settled =
      Object.keys(sighting.changes).length === 0 ? present : settle(present, sighting.changes, seen);
    if (settled === null) return null;
    return { record: settled, state: sighting.state, told: toldOf(settled, sighting.state) };
  }

  function isSending({ change }: SandboxRecord): boolean {
    return change !== null && sending.has(change.action);
  }

  async function inspection(machineId: string): Promise<Inspection | null> {
    try {
      return await host.inspect(machineId);
    } catch (error) {
      if (error instanceof HostProblem) return null;
      throw error;
    }
  }

  /** `null`: it is gone, and forgotten. */
  function settle(
    present: SandboxRecord,
    changes: Partial<SandboxRecord>,
    seen: Inspection | null,
  ): SandboxRecord | null {
    return file.change((state) => {
      const snapshotId = present.change?.snapshotId;
      const snapshot = state.snapshots.find(({ id }) => id === snapshotId);
      if (snapshot !== undefined) {
        const copy = seen?.operation?.status === 'done' ? seen.lastCopy : null;
        snapshot.state = copy === null ? 'error' : 'active';
        snapshot.errorReason = copy === null ? (seen?.operation?.error?.message ?? 'no copy was made') : null;
        const bytes = copy?.bytes ?? null;
        snapshot.copyId = copy?.copyId ?? null;
        snapshot.size = bytes === null ? null : bytes / 1024 ** 3;
        snapshot.updatedAt = parts.now();
      }
      if (changes.rests === 'destroyed') {
        state.sandboxes = state.sandboxes.filter(({ id }) => id !== present.id);
        return null;
      }
      return Object.assign(recordOf(state.sandboxes, present.id), changes);
    });
  }

  function toldOf(record: SandboxRecord, state: SandboxState): Sandbox['told'] {
    const ofThis = ({ machine }: { machine: string }) => isNamed(record, machine);
    const error = faults.take('error', ofThis);
    if (error !== null) return { state: 'error', errorReason: error.reason, recoverable: error.recoverable };
    const claimed = faults.take('claim-state', ofThis);
    const { errorReason, recoverable } = record;
    return { state: claimed?.state ?? state, errorReason, recoverable };
  }

  return {
    async find(idOrName) {
      const record = file.state.sandboxes.find(({ id, name }) => id === idOrName || name === idOrName);
      const denied =
        record !== undefined && faults.take('deny', ({ machine }) => isNamed(record, machine)) !== null;
      const sandbox = record === undefined || denied ? null : await look(record);
      if (sandbox === null) throw new Refusal(404, `Sandbox with ID or name ${idOrName} not found`);
      return sandbox;
    },

    async all() {
      const seen = await Promise.all(file.state.sandboxes.map(look));
      return seen.filter((sandbox) => sandbox !== null);
    },

    async begin(id, kind, send, { snapshotId, ...also } = {}) {
      const record = file.change((state) => {
        const present = recordOf(state.sandboxes, id);
        const action = nextAction(state.sequences, present.machineId, parts.now());
        const change = { kind, action, ...(snapshotId === undefined ? {} : { snapshotId }) };
        return Object.assign(present, also, { change, updatedAt: parts.now() });
      });
      const { action } = record.change!;
      await sending.send(action, () => send(action, record));
      const { state } = sightingOf(record, null, { sending: true, now: parts.now() });
      return { record, state, told: toldOf(record, state) };
    },

    change: (id, changes) =>
      file.change((state) =>
        Object.assign(recordOf(state.sandboxes, id), changes, { updatedAt: parts.now() }),
      ),

    touch: (id) => file.note((state) => void (recordOf(state.sandboxes, id).lastActivityAt = parts.now())),

    answer: ({ record, told }) =>
      sandboxAnswer(record, told, { organizationId: file.state.organizationId, urls: parts.urls }),
  };
}

/** Whether a name that a drill uses is this sandbox's. */
export function isNamed({ id, name, machineId }: SandboxRecord, machine: string): boolean {
  return machine === id || machine === name || machine === machineId;
}

function recordOf(sandboxes: SandboxRecord[], id: string): SandboxRecord {
  const record = sandboxes.find((sandbox) => sandbox.id === id);
  if (record === undefined) throw new Refusal(404, `Sandbox with ID or name ${id} not found`);
  return record;
}
