import {
  CAPABILITIES,
  type ActionRef,
  type ExecCommand,
  type ExecResult,
  type Inspection,
  type OperationKind,
  type VersionRefs,
} from '@fettle/contract';
import { absentMachine } from '../cloud/cloud-entry.ts';
import { sendOutside, type CloudMeans, type SendRequest } from '../cloud/cloud-means.ts';
import { OperationLog } from '../cloud/operation-log.ts';
import type { Work } from '../cloud/work.ts';
import {
  ProviderError,
  type MachineConnection,
  type MachineProvider,
  type NewMachine,
  type RequestSigner,
} from '../machine-provider.ts';
import { beginCopy, watchCopy } from './copy-volume.ts';
import { createMachine, type FlyPlan } from './create-machine.ts';
import { edgeConnection } from './edge.ts';
import { FlyApi, type FlyAccess } from './fly-api.ts';
import { NO_FLY_FACTS, type FlyFacts } from './fly-facts.ts';
import { releaseLease, takeLease } from './lease.ts';
import { inspectionOf } from './look-at-machine.ts';
import type { FlyMachine } from './machine.ts';
import { runOf } from './machine-state.ts';
import { nextCall } from './next-call.ts';
import { isRebuilt, rebuildMachine } from './rebuild-machine.ts';
import { runCommand } from './run-command.ts';
import { machineOnVolume, removeVolumes } from './volume.ts';

export type FlyOptions = FlyAccess &
  Pick<FlyPlan, 'image' | 'surroundings'> &
  Partial<Pick<FlyPlan, 'disk' | 'volumeGb'>> & {
    /** Where the app's ports are reached; `{port}` is replaced. */
    edgeUrl: string;
  };

/** Machines at Fly with a volume each, through its published Machines API. */
export function createFlyProvider(options: FlyOptions, means: CloudMeans): MachineProvider {
  return new FlyProvider(options, means);
}

class FlyProvider implements MachineProvider {
  readonly type = 'fly';
  readonly capabilities = CAPABILITIES.fly;
  private readonly api: FlyApi;
  private readonly send: SendRequest;
  private readonly plan: FlyPlan;
  private readonly edgeUrl: string;
  private readonly log: OperationLog<FlyFacts>;

  constructor(options: FlyOptions, { journal, timeoutMs, now = Date.now, send = sendOutside }: CloudMeans) {
    this.api = new FlyApi(options, { timeoutMs, send });
    this.send = send;
    this.plan = { ...options, disk: options.disk ?? '/machine', volumeGb: options.volumeGb ?? 3 };
    this.edgeUrl = options.edgeUrl.replace(/\/+$/, '');
    this.log = new OperationLog({ journal, noFacts: NO_FLY_FACTS, now });
  }

  create(action: ActionRef, machine: NewMachine): Promise<void> {
    return this.log.act('create', machine.identity.machineId, action, (work) =>
      createMachine(this.api, work, { action, machine, plan: this.plan }),
    );
  }

  start(action: ActionRef, machineId: string): Promise<void> {
    return this.begin('start', action, machineId);
  }

  stop(action: ActionRef, machineId: string): Promise<void> {
    return this.begin('stop', action, machineId);
  }

  restart(action: ActionRef, machineId: string): Promise<void> {
    return this.begin('restart', action, machineId);
  }

  destroy(action: ActionRef, machineId: string): Promise<void> {
    return this.begin('destroy', action, machineId);
  }

  copy(action: ActionRef, machineId: string): Promise<void> {
    return this.log.act('copy', machineId, action, (work) => beginCopy(this.api, work));
  }

  rebuild(
    action: ActionRef,
    machineId: string,
    order: { image: string; versions: VersionRefs },
  ): Promise<void> {
    return this.log.act('rebuild', machineId, action, (work) =>
      rebuildMachine(this.api, work, { action, ...order }),
    );
  }

  /** One request where nothing is under way. Carries on what is. */
  inspect(machineId: string): Promise<Inspection> {
    return this.log.look(machineId, async (work) => {
      if (work === null) return absentMachine(machineId);
      const machine = await this.machineOf(work);
      await this.log.carryOn(work, () => this.advance(work, machine));
      if (work.running === null) await releaseLease(this.api, work);
      return inspectionOf(work, machine);
    });
  }

  exec(machineId: string, command: ExecCommand): Promise<ExecResult> {
    const facts = this.log.entry(machineId)?.facts ?? NO_FLY_FACTS;
    return runCommand(this.api, facts, { ...command, disk: this.plan.disk });
  }

  connect(machineId: string, port: string, sign?: RequestSigner): MachineConnection {
    const facts = this.log.entry(machineId)?.facts ?? NO_FLY_FACTS;
    const number = facts.ports[port];
    const flyId = () => {
      if (facts.flyId === null || number === undefined)
        throw new ProviderError('MACHINE_NOT_FOUND', 'There is no such machine, or no such port');
      return facts.flyId;
    };
    const url = this.edgeUrl.replace('{port}', String(number ?? 0));
    return edgeConnection({ url, flyId, sign, send: this.send });
  }

  private begin(
    kind: 'start' | 'stop' | 'restart' | 'destroy',
    action: ActionRef,
    machineId: string,
  ): Promise<void> {
    return this.log.act(kind, machineId, action, async (work) => {
      if (kind === 'destroy' && work.facts.flyId === null)
        work.note({ flyId: (await machineOnVolume(this.api, work))?.id ?? null });
      const machine = await this.machineOf(work);
      if (kind === 'restart' && work.doing.step === '')
        work.note({ runBefore: machine === null ? null : runOf(machine) });
      await this.step(kind, work, machine);
    });
  }

  private async advance(work: Work<FlyFacts>, machine: FlyMachine | null): Promise<void> {
    const { kind, action } = work.doing.operation;
    if (kind === 'copy') return watchCopy(this.api, work);
    // Until the update shows, what runs is what ran before.
    if (kind === 'rebuild' && machine !== null && !isRebuilt(machine, action.id)) return;
    await this.step(kind, work, machine);
  }

  private async step(
    kind: Exclude<OperationKind, 'copy'>,
    work: Work<FlyFacts>,
    machine: FlyMachine | null,
  ): Promise<void> {
    const next = nextCall(kind, { ...work.doing, runBefore: work.facts.runBefore }, machine);
    switch (next.do) {
      case 'wait':
        return;
      case 'done':
        if (kind === 'destroy') {
          await removeVolumes(this.api, work);
          work.note(NO_FLY_FACTS);
        }
        return work.done();
      case 'fail':
        return work.fail(next.code, next.message);
      default:
        if (machine === null) return;
        await this.change(work, machine.id, next.do);
    }
  }

  private async change(work: Work<FlyFacts>, flyId: string, call: 'start' | 'stop' | 'restart' | 'delete') {
    const nonce = await takeLease(this.api, work, flyId);
    work.sending(call);
    await this.api.change(flyId, call, nonce);
    work.sent();
  }

  private async machineOf({ facts }: Work<FlyFacts>): Promise<FlyMachine | null> {
    return facts.flyId === null ? null : this.api.machine(facts.flyId);
  }
}
