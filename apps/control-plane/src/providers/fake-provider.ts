/**
 * A provider whose machines exist only in memory: for tests, drills and simulations. It keeps the promises of a real
 * one (an action id acts once, an older sequence is refused, copies are verified) and breaks them on request.
 */
import {
  CAPABILITIES,
  type ActionRef,
  type DataCopy,
  type ExecCommand,
  type ExecResult,
  type Inspection,
  type Operation,
  type OperationKind,
  type ProviderCapabilities,
  type VersionRefs,
} from '@fettle/contract';
import { FakeCopies } from './fake/copies.ts';
import { execute } from './fake/exec.ts';
import { FakeMachine, type FakeRepositories } from './fake/fake-machine.ts';
import { FaultScript, type Fault } from './fake/faults.ts';
import { answerRequest } from './fake/inside.ts';
import { takePlace, type FakeRooms } from './fake/rooms.ts';
import {
  existing,
  inspectionOf,
  isNew,
  outcomeOf,
  publicPart,
  type MachineEntry,
} from './fake/machine-entry.ts';
import {
  type MachineConnection,
  type MachineProvider,
  type NewMachine,
  type RequestSigner,
  ProviderError,
} from './machine-provider.ts';
import { signed } from './signed.ts';

export type FakeProviderOptions = {
  /** Time that an operation takes. */
  operationMs?: number;
  /** Time that a version change inside a machine takes. */
  changeMs?: number;
  /** Deadline of one call. */
  timeoutMs?: number;
  repositories?: FakeRepositories;
  /** Images that machines can be made from; new ones get the first. */
  images?: string[];
  /** Room by region, for a provider that has regions. */
  rooms?: FakeRooms;
  now?: () => number;
  sleep?: (ms: number) => Promise<void>;
};

/** The images that a fake provider has unless it is told otherwise. */
export const FAKE_IMAGES = [`sha256:${'f'.repeat(64)}`, `sha256:${'e'.repeat(64)}`] as const;
const MAIN = { platform: { main: 'a'.repeat(40) }, customer: { main: 'c'.repeat(40) }, broken: [] };

export class FakeProvider implements MachineProvider {
  readonly type = 'local-docker';
  readonly capabilities: ProviderCapabilities;
  readonly faults = new FaultScript();
  readonly repositories: FakeRepositories;
  readonly images: string[];
  readonly rooms: FakeRooms | null;
  private readonly entries = new Map<string, MachineEntry>();
  private readonly stored = new FakeCopies();
  private readonly options: Required<Omit<FakeProviderOptions, 'repositories' | 'images' | 'rooms'>>;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: FakeProviderOptions = {}) {
    this.repositories = options.repositories ?? structuredClone(MAIN);
    this.images = options.images ?? [...FAKE_IMAGES];
    this.rooms = options.rooms ?? null;
    this.capabilities = { ...CAPABILITIES['local-docker'], regions: this.rooms !== null };
    this.options = {
      operationMs: options.operationMs ?? 0,
      changeMs: options.changeMs ?? 0,
      timeoutMs: options.timeoutMs ?? 5000,
      now: options.now ?? Date.now,
      sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    };
  }

  async create(action: ActionRef, machine: NewMachine): Promise<void> {
    const { machineId } = machine.identity;
    await this.act('create', machineId, action, async (entry) => {
      const { restoreCopyId } = machine;
      const data = restoreCopyId === null ? new Map() : await this.stored.restore(restoreCopyId);
      if (entry.machine !== null) throw new ProviderError('CONFLICT', 'The machine is there already');
      const { repositories } = this;
      const { now } = this.options;
      const image = this.existingImage(machine.image);
      const region = takePlace(this.rooms, machine);
      entry.machine = new FakeMachine({ order: machine, image, region, data, repositories, now });
      entry.machine.boot();
    });
  }

  async start(action: ActionRef, machineId: string): Promise<void> {
    await this.act('start', machineId, action, async (entry) => {
      const machine = existing(entry);
      if (machine.power !== 'running') machine.boot();
    });
  }

  async stop(action: ActionRef, machineId: string): Promise<void> {
    await this.act('stop', machineId, action, async (entry) => entry.machine?.stop());
  }

  async restart(action: ActionRef, machineId: string): Promise<void> {
    await this.act('restart', machineId, action, async (entry) => {
      const machine = existing(entry);
      machine.cure('restart');
      machine.boot();
    });
  }

  async destroy(action: ActionRef, machineId: string): Promise<void> {
    await this.act('destroy', machineId, action, async (entry) => {
      entry.machine = null;
    });
  }

  async copy(action: ActionRef, machineId: string): Promise<void> {
    await this.act('copy', machineId, action, async (entry) => {
      const { data } = existing(entry);
      const takenAt = this.options.now();
      entry.copies.unshift(await this.stored.take({ machineId, action, data, takenAt }));
    });
  }

  async rebuild(
    action: ActionRef,
    machineId: string,
    order: { image: string; versions: VersionRefs },
  ): Promise<void> {
    await this.act('rebuild', machineId, action, async (entry) =>
      existing(entry).rebuild(this.existingImage(order.image), order.versions),
    );
  }

  async inspect(machineId: string): Promise<Inspection> {
    const fault = await this.begin('inspect', machineId);
    const inspection = await this.exclusively(machineId, async (entry) => inspectionOf(machineId, entry));
    await this.end(fault);
    return fault?.kind === 'lies' ? { ...inspection, ...fault.about } : inspection;
  }

  async exec(machineId: string, command: ExecCommand): Promise<ExecResult> {
    const fault = await this.begin('exec', machineId);
    const machine = await this.exclusively(machineId, async (entry) => entry.machine);
    if (machine === null) throw new ProviderError('MACHINE_NOT_FOUND', 'There is no such machine');
    if (machine.power !== 'running') throw new ProviderError('CONFLICT', 'The machine does not run');
    const result = await execute(machine, command, this.options.sleep);
    await this.end(fault);
    return result;
  }

  connect(machineId: string, port: string, sign?: RequestSigner): MachineConnection {
    const url = `http://fake.host/machines/${machineId}/ports/${port}`;
    return {
      url,
      fetch: async (request) => {
        const fault = await this.begin('connect', machineId);
        const machine = await this.exclusively(machineId, async (entry) => entry.machine);
        if (machine === null) throw new ProviderError('MACHINE_NOT_FOUND', 'There is no such machine');
        const { authorization, init } = await signed(request, url, sign);
        const asked = { port, request: new Request(request, init), below: url.length, authorization };
        const response = await answerRequest(machine, asked, this.options);
        await this.end(fault);
        return response;
      },
    };
  }

  /** Every machine that is there. */
  async list(): Promise<Inspection[]> {
    const there = [...this.entries].filter(([, entry]) => entry.machine !== null);
    return Promise.all(there.map(([machineId]) => this.inspect(machineId)));
  }

  /** The verified copies of a machine, the newest first. */
  copies(machineId: string): DataCopy[] {
    return this.entries.get(machineId)?.copies ?? [];
  }

  /** A machine's inside, to make it sick or look at it; `null` when it does not exist. */
  machine(machineId: string): FakeMachine | null {
    return this.entries.get(machineId)?.machine ?? null;
  }

  /** Every operation that was ever carried out on a machine, oldest first. */
  operations(machineId: string): Operation[] {
    return (this.entries.get(machineId)?.operations ?? []).map(publicPart);
  }

  /** Makes a machine vanish with its disk, as a host that lost it does. */
  lose(machineId: string): void {
    const entry = this.entries.get(machineId);
    if (entry) entry.machine = null;
  }

  /** Damages the stored copies of a machine without their checksums knowing. */
  corruptCopies(machineId: string): void {
    this.stored.corrupt(machineId);
  }

  private async act(
    kind: OperationKind,
    machineId: string,
    action: ActionRef,
    effect: (entry: MachineEntry) => Promise<void>,
  ): Promise<void> {
    const fault = await this.begin(kind, machineId);
    await this.exclusively(machineId, async (entry) => {
      if (!isNew(entry, kind, machineId, action)) return;
      const startedAt = this.options.now();
      const dueAt = Math.max(startedAt, entry.operations.at(-1)?.dueAt ?? 0) + this.options.operationMs;
      const failing = fault?.kind === 'operation-fails' ? fault : null;
      entry.highest = action.sequence;
      entry.operations.push({
        action,
        kind,
        status: 'running',
        startedAt,
        finishedAt: null,
        error: null,
        dueAt,
        effect: failing
          ? () => Promise.reject(new ProviderError(failing.code, failing.message))
          : () => effect(entry),
      });
      await this.settle(entry);
    });
    await this.end(fault);
  }

  /** One at a time, and only after everything that is due has happened. */
  private exclusively<T>(machineId: string, work: (entry: MachineEntry) => Promise<T>): Promise<T> {
    const entry = this.entries.get(machineId) ?? { highest: 0, operations: [], machine: null, copies: [] };
    this.entries.set(machineId, entry);
    const result = this.turn.then(async () => {
      await this.settle(entry);
      return work(entry);
    });
    // Whoever asked gets the rejection; the next one in line is not stopped by it.
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async settle(entry: MachineEntry): Promise<void> {
    for (const operation of entry.operations) {
      if (operation.status !== 'running' || this.options.now() < operation.dueAt) continue;
      const error = await outcomeOf(operation.effect);
      operation.status = error === null ? 'done' : 'failed';
      operation.error = error;
      operation.finishedAt = this.options.now();
    }
    entry.machine?.settle();
  }

  private async begin(point: Parameters<FaultScript['take']>[0], machineId: string): Promise<Fault | null> {
    const fault = this.faults.take(point, machineId);
    if (fault?.kind === 'out-of-reach')
      throw new ProviderError('HOST_UNREACHABLE', 'The host is out of reach');
    if (fault?.kind === 'refuses') throw new ProviderError(fault.code, fault.message);
    return fault;
  }

  private async end(fault: Fault | null): Promise<void> {
    if (fault?.kind === 'loses-answer') throw new ProviderError('HOST_UNREACHABLE', 'The answer was lost');
    if (fault?.kind !== 'slow') return;
    await this.options.sleep(Math.min(fault.ms, this.options.timeoutMs));
    if (fault.ms >= this.options.timeoutMs) throw new ProviderError('DEADLINE_EXCEEDED', 'No answer in time');
  }

  private existingImage(image: string | null): string {
    const found = image === null ? this.images[0] : this.images.find((one) => one === image);
    if (found === undefined) throw new ProviderError('IMAGE_NOT_FOUND', `There is no image ${image}`);
    return found;
  }
}
