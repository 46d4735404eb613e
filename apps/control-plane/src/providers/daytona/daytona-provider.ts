import {
  CAPABILITIES,
  type ActionRef,
  type ExecCommand,
  type ExecResult,
  type Inspection,
  type OperationKind,
} from '@fettle/contract';
import { absentMachine } from '../cloud/cloud-entry.ts';
import { OperationLog, refused } from '../cloud/operation-log.ts';
import type { Work } from '../cloud/work.ts';
import { sendOutside, type CloudMeans, type SendRequest } from '../cloud/cloud-means.ts';
import {
  ProviderError,
  type MachineConnection,
  type MachineProvider,
  type NewMachine,
  type RequestSigner,
} from '../machine-provider.ts';
import { limitsOfPort } from '../answer-limits.ts';
import { signed } from '../signed.ts';
import { beginCopy, watchCopy } from './copy-sandbox.ts';
import { createSandbox, type DaytonaPlan } from './create-sandbox.ts';
import { DaytonaApi, type DaytonaAccess } from './daytona-api.ts';
import { NO_DAYTONA_FACTS, type DaytonaFacts } from './daytona-facts.ts';
import { deliverBootstrap } from './deliver-bootstrap.ts';
import { nextCall } from './next-call.ts';
import { askThroughPreview } from './preview.ts';
import { inspectionOf, noteRun, ours } from './look-at-sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { stateOf } from './sandbox-state.ts';
import { readExecuted, shellCommand } from './shell-command.ts';

export type DaytonaOptions = DaytonaAccess &
  DaytonaPlan & {
    /** Folder of a sandbox that is the machine's disk; commands run there. */
    disk?: string;
  };

/** Time on top of a command's own deadline for the way there and back. */
const EXEC_SLACK_MS = 2000;

/** Machines as sandboxes at Daytona, through its published API (v0.205.1). */
export function createDaytonaProvider(options: DaytonaOptions, means: CloudMeans): MachineProvider {
  return new DaytonaProvider(options, means);
}

class DaytonaProvider implements MachineProvider {
  readonly type = 'daytona';
  readonly capabilities = CAPABILITIES.daytona;
  private readonly api: DaytonaApi;
  private readonly send: SendRequest;
  private readonly plan: DaytonaPlan;
  private readonly disk: string;
  private readonly log: OperationLog<DaytonaFacts>;

  constructor(
    options: DaytonaOptions,
    { journal, timeoutMs, now = Date.now, send = sendOutside }: CloudMeans,
  ) {
    this.api = new DaytonaApi(options, { timeoutMs, send });
    this.send = send;
    this.plan = options;
    this.disk = options.disk ?? '/machine';
    this.log = new OperationLog({ journal, noFacts: NO_DAYTONA_FACTS, now });
  }

  create(action: ActionRef, machine: NewMachine): Promise<void> {
    return this.log.act('create', machine.identity.machineId, action, (work) =>
      createSandbox(this.api, work, { action, machine, plan: this.plan }),
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
    return this.log.act('copy', machineId, action, async (work) =>
      beginCopy(this.api, work, await this.sandboxOf(work)),
    );
  }

  async rebuild(): Promise<void> {
    throw new ProviderError('UNSUPPORTED', 'A sandbox of Daytona keeps its image for life');
  }

  /**
   * Asks Daytona for the sandbox and nothing else: the proxy and the toolbox would count as use, and keep it running
   * and billed. Carries on what is under way.
   */
  inspect(machineId: string): Promise<Inspection> {
    return this.log.look(machineId, async (work) => {
      if (work === null) return absentMachine(machineId);
      const sandbox = await this.sandboxOf(work);
      noteRun(work, sandbox);
      await this.log.carryOn(work, () => this.advance(work, sandbox));
      return inspectionOf(work, sandbox);
    });
  }

  async exec(machineId: string, { command, timeoutMs = 10_000 }: ExecCommand): Promise<ExecResult> {
    const facts = this.log.entry(machineId)?.facts ?? NO_DAYTONA_FACTS;
    const sandbox = await this.sandboxOf({ machineId, facts });
    if (sandbox === null) throw new ProviderError('MACHINE_NOT_FOUND', 'There is no such machine');
    if (stateOf(sandbox) !== 'running') throw refused('CONFLICT', 'The machine does not run');
    const separator = crypto.randomUUID();
    const order = {
      command: shellCommand(command, separator, this.disk),
      timeout: Math.ceil(timeoutMs / 1000),
    };
    try {
      const executed = await this.api.execute(sandbox, order, order.timeout * 1000 + EXEC_SLACK_MS);
      return readExecuted(executed, separator);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.code !== 'DEADLINE_EXCEEDED') throw error;
      return { exitCode: null, stdout: '', stderr: '', timedOut: true };
    }
  }

  connect(machineId: string, port: string, sign?: RequestSigner): MachineConnection {
    const url = `https://${machineId}.sandbox.invalid/${port}`;
    return {
      url,
      fetch: async (request) => {
        const facts = this.log.entry(machineId)?.facts ?? NO_DAYTONA_FACTS;
        const number = facts.ports[port];
        if (!facts.created || number === undefined)
          throw new ProviderError('MACHINE_NOT_FOUND', 'There is no such machine, or no such port');
        const { authorization, init } = await signed(request, url, sign);
        const headers = new Headers(request.headers);
        headers.delete('authorization');
        if (authorization !== null) headers.set('authorization', authorization);
        const preview = {
          api: this.api,
          send: this.send,
          limits: limitsOfPort(this.api.allow, sign),
          name: machineId,
          port: number,
          run: `${facts.sandboxId}#${facts.run}`,
        };
        const sent = new Request(request, { ...init, headers });
        return askThroughPreview(preview, request.url.slice(url.length), sent);
      },
    };
  }

  private begin(kind: 'start' | 'stop' | 'restart' | 'destroy', action: ActionRef, machineId: string) {
    return this.log.act(kind, machineId, action, async (work) => {
      const sandbox = await this.sandboxOf(work);
      noteRun(work, sandbox);
      await this.step(kind, work, sandbox);
    });
  }

  private async advance(work: Work<DaytonaFacts>, sandbox: Sandbox | null): Promise<void> {
    const { kind } = work.doing.operation;
    if (kind === 'copy') return watchCopy(this.api, work, sandbox);
    if (kind !== 'rebuild') await this.step(kind, work, sandbox);
  }

  private async step(
    kind: Exclude<OperationKind, 'copy' | 'rebuild'>,
    work: Work<DaytonaFacts>,
    sandbox: Sandbox | null,
  ): Promise<void> {
    const next = nextCall(kind, work.doing, sandbox);
    switch (next.do) {
      case 'wait':
        return;
      case 'done':
        if (kind === 'destroy') work.note(NO_DAYTONA_FACTS);
        // Also of a start that came after a create which had failed.
        else if (kind !== 'stop' && sandbox !== null) await deliverBootstrap(this.api, work, sandbox);
        return work.done();
      case 'fail':
        return work.fail(next.code, next.message);
      default:
        work.sending(next.do);
        await this.api.change(work.machineId, next.do);
        work.sent();
    }
  }

  private async sandboxOf({
    machineId,
    facts,
  }: Pick<Work<DaytonaFacts>, 'machineId' | 'facts'>): Promise<Sandbox | null> {
    return facts.mark === null ? null : ours(await this.api.sandbox(machineId), facts);
  }
}
