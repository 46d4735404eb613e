import { setTimeout as pause } from 'node:timers/promises';
import type {
  CreateMachine,
  DataCopy,
  ExecCommand,
  ExecResult,
  Inspection,
  Operation,
  OperationKind,
} from '@fettle/contract/host-agent';
import type { ActionRef } from '@fettle/contract/ids';
import { admit, finish, latestOperation, type ActionLog } from '../core/action-log.ts';
import type { ActionStore } from '../actions/action-store.ts';
import type { MachineBackend, PortAddress } from '../backend/machine-backend.ts';
import { copyIdOf, type CopyStore } from '../copies/copy-store.ts';
import type { MachineRecord, MachineRecords } from '../disk/machine-records.ts';
import { HostFailure, toHostFailure } from '../host-failure.ts';
import { checkCreate } from '../core/check-create.ts';
import { createMachineQueue } from './machine-queue.ts';
import { createOperations, type OperationParts, type RebuildOrder } from './operations.ts';
import { overlayState } from '../core/overlay-state.ts';
import { parkMachines, resumeMachines } from './park.ts';
import { settleUnfinished } from './settle-unfinished.ts';

/** Effects that one machine may have waiting; a caller that goes beyond does not look at their outcomes. */
const MAX_WAITING = 8;
/** How long a stop waits for effects on their way; the next start settles those that take longer. */
const PARK_PATIENCE_MS = 10_000;

/** The parts that a host runs its machines with. */
export interface HostParts {
  /** What this host calls itself for life; every inspection says it, also those of machines that are gone. */
  hostId: string;
  backend: MachineBackend;
  records: MachineRecords;
  actions: ActionStore;
  copies: CopyStore;
  log: (message: string) => void;
}

/** All machines of this host, whatever runs them. */
export interface MachineHost {
  create(order: CreateMachine): Promise<Operation>;
  /** Runs a machine from another image over the same disk. Throws IMAGE_NOT_FOUND when there is no such image. */
  rebuild(machineId: string, order: RebuildOrder): Promise<Operation>;
  /** Starts an effect on a machine and answers at once; a repeated action id is answered with its operation. */
  act(
    kind: Exclude<OperationKind, 'create' | 'rebuild'>,
    machineId: string,
    action: ActionRef,
  ): Promise<Operation>;
  inspect(machineId: string): Promise<Inspection>;
  list(): Promise<Inspection[]>;
  exec(machineId: string, command: ExecCommand): Promise<ExecResult>;
  logs(machineId: string, tail: number): Promise<string[]>;
  copies(machineId: string): Promise<DataCopy[]>;
  /** Where a port of a machine is reached from this host. */
  address(machineId: string, portName: string): Promise<PortAddress>;
  /** Ends operations that a crash left open, by looking at what really exists. Before anything else. */
  settle(): Promise<void>;
  /** Brings parked machines back as they were. */
  resume(): Promise<void>;
  /** Refuses new effects, lets running ones end, and takes all machines down so that `resume` can bring them back. */
  park(): Promise<void>;
}

/** Makes a host of its parts. Does nothing until a verb is called. */
export function createMachineHost(parts: HostParts): MachineHost {
  const { hostId, backend, records, actions, copies, log } = parts;
  const queue = createMachineQueue();
  const admission = createMachineQueue();
  const resuming = new Set<string>();
  const operations = createOperations(parts);
  let closed = false;

  async function begin(machineId: string, action: ActionRef, work: OperationParts): Promise<Operation> {
    // One admission at a time for a machine: two arrivals must not both read the log before either writes it.
    return admission.run(machineId, async () => {
      const before = await actions.read(machineId);
      const decision = admit(before, { action, kind: work.kind, now: Date.now() });
      if (decision.verdict === 'refused') throw new HostFailure(decision.code, decision.message);
      if (decision.verdict === 'recorded') return decision.operation;
      if (closed) throw new HostFailure('HOST_UNREACHABLE', 'The host-agent is stopping');
      const waiting = before.operations.filter(({ status }) => status === 'running').length;
      if (waiting >= MAX_WAITING)
        throw new HostFailure('CONFLICT', 'Too many effects of this machine are waiting');
      await store(decision.log);
      void queue.run(machineId, async () => conclude(machineId, action.id, await outcome(work.run)));
      return decision.operation;
    });
  }

  async function store(next: ActionLog): Promise<void> {
    try {
      await actions.write(next);
    } catch (error) {
      throw toHostFailure(error);
    }
  }

  async function outcome(run: () => Promise<void>): Promise<Operation['error']> {
    try {
      await run();
      return null;
    } catch (error) {
      const failure = toHostFailure(error);
      return { code: failure.code, message: failure.message };
    }
  }

  async function conclude(machineId: string, actionId: string, error: Operation['error']): Promise<void> {
    if (error !== null) log(`${actionId} failed: ${error.code} ${error.message}`);
    try {
      await admission.run(machineId, async () => {
        await actions.write(finish(await actions.read(machineId), { actionId, error, now: Date.now() }));
      });
    } catch (failure) {
      // The effect stays `running` in the log; the next start of the host-agent settles it by what exists.
      log(`the end of ${actionId} could not be recorded: ${String(failure)}`);
    }
  }

  async function inspect(machineId: string): Promise<Inspection> {
    const [observed, actionLog, newest, record] = await Promise.all([
      backend.observe(machineId),
      actions.read(machineId),
      copies.list(machineId),
      records.read(machineId),
    ]);
    const operation = latestOperation(actionLog);
    const parked = record?.phase === 'parked-running' || record?.phase === 'parked-stopped';
    const state = overlayState(observed.state, { operation, parked, resuming: resuming.has(machineId) });
    return { ...observed, machineId, state, operation, lastCopy: newest[0] ?? null, host: hostId };
  }

  async function assertImage(image: string): Promise<void> {
    const known = await backend.images().catch((error: unknown) => {
      throw toHostFailure(error);
    });
    if (known.some((one) => one.image === image)) return;
    const newest = known.slice(0, 3).map((one) => one.image);
    const expected = `one of the host's ${known.length} images, such as ${newest.join(', ')}`;
    throw new HostFailure('IMAGE_NOT_FOUND', undefined, { field: 'image', expected });
  }

  async function knownRecord(machineId: string): Promise<MachineRecord> {
    const record = await records.read(machineId);
    if (record === null) throw new HostFailure('MACHINE_NOT_FOUND');
    return record;
  }

  return {
    async create(order) {
      checkCreate(order);
      if (order.image !== null) await assertImage(order.image);
      return begin(order.identity.machineId, order.action, {
        kind: 'create',
        run: () => operations.create(order),
      });
    },

    async rebuild(machineId, order) {
      await assertImage(order.image);
      return begin(machineId, order.action, {
        kind: 'rebuild',
        run: () => operations.rebuild(machineId, order),
      });
    },

    act: (kind, machineId, action) =>
      begin(machineId, action, {
        kind,
        run: () => operations[kind](machineId, copyIdOf(machineId, action.sequence)),
      }),

    inspect,

    async list() {
      return Promise.all((await backend.list()).map(inspect));
    },

    exec: (machineId, command) => backend.exec(machineId, command),
    logs: (machineId, tail) => backend.logs(machineId, tail),
    copies: (machineId) => copies.list(machineId),

    async address(machineId, portName) {
      return backend.address(await knownRecord(machineId), portName);
    },

    async settle() {
      await settleUnfinished({ ...parts, operations });
      await actions.prune(new Set(await backend.list()));
    },

    resume: () => resumeMachines({ ...parts, queue, resuming }),

    async park() {
      closed = true;
      await Promise.race([queue.drained(), pause(PARK_PATIENCE_MS, undefined, { ref: false })]);
      await parkMachines(parts);
    },
  };
}
