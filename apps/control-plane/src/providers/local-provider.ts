import {
  CAPABILITIES,
  errorCatalogue,
  HOST_ERROR_HEADER,
  MACHINE_AUTHORIZATION_HEADER,
  type ActionRef,
  type ExecCommand,
  type hostAgentContract,
  type Inspection,
  type VersionRefs,
} from '@fettle/contract';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import {
  ProviderError,
  type MachineConnection,
  type MachineProvider,
  type NewMachine,
  type RequestSigner,
} from './machine-provider.ts';
import { onlyOrigin, type Allowed } from '../outgoing/allow-target.ts';
import { fetchOutside } from '../outgoing/fetch-outside.ts';
import { withTimeLimit } from '../time-limit.ts';
import { limitsOfPort, MOST_ANSWER_BYTES } from './answer-limits.ts';
import { askProcedure } from './ask-procedure.ts';
import { assertMayAsk, heed } from './patience.ts';
import { asProviderError, isErrorCode } from './provider-failure.ts';
import { signed } from './signed.ts';

type HostClient = ContractRouterClient<typeof hostAgentContract>;

/** Time on top of a command's own deadline for the way there and back. */
const EXEC_SLACK_MS = 2000;
/** Every call has a shorter deadline of its own. */
const LONGEST_CALL_MS = 120_000;

/** Machines on one host, through its host-agent. */
export class LocalProvider implements MachineProvider {
  readonly type = 'local-docker';
  readonly capabilities = CAPABILITIES['local-docker'];
  private readonly url: string;
  private readonly allow: Allowed;
  private readonly token: string;
  private readonly timeoutMs: number;
  private readonly host: HostClient;

  constructor(options: { url: string; token: string; timeoutMs: number }) {
    this.url = options.url.replace(/\/+$/, '');
    this.allow = onlyOrigin(this.url);
    this.token = options.token;
    this.timeoutMs = options.timeoutMs;
    this.host = createORPCClient(
      new RPCLink({
        url: `${this.url}/rpc`,
        headers: { authorization: `Bearer ${this.token}` },
        fetch: (request, init) => this.fetchPatiently(request, init),
      }),
    );
  }

  /** A host takes a machine or does not: there are no regions to choose from, and no room to wait for. */
  async create(action: ActionRef, { regions, onNoCapacity: _here, ...machine }: NewMachine): Promise<void> {
    if (regions.length > 0)
      throw new ProviderError('UNSUPPORTED', 'regions: expected none, a host of ours has no regions');
    await this.call((signal) => this.host.machines.create({ action, ...machine }, { signal }));
  }

  start(action: ActionRef, machineId: string): Promise<void> {
    return this.call((signal) => this.host.machines.start({ action, machineId }, { signal }));
  }

  stop(action: ActionRef, machineId: string): Promise<void> {
    return this.call((signal) => this.host.machines.stop({ action, machineId }, { signal }));
  }

  restart(action: ActionRef, machineId: string): Promise<void> {
    return this.call((signal) => this.host.machines.restart({ action, machineId }, { signal }));
  }

  destroy(action: ActionRef, machineId: string): Promise<void> {
    return this.call((signal) => this.host.machines.destroy({ action, machineId }, { signal }));
  }

  copy(action: ActionRef, machineId: string): Promise<void> {
    return this.call((signal) => this.host.machines.copy({ action, machineId }, { signal }));
  }

  rebuild(
    action: ActionRef,
    machineId: string,
    order: { image: string; versions: VersionRefs },
  ): Promise<void> {
    return this.call((signal) => this.host.machines.rebuild({ action, machineId, ...order }, { signal }));
  }

  inspect(machineId: string): Promise<Inspection> {
    const question = (signal: AbortSignal) =>
      askProcedure<Inspection>({
        url: `${this.url}/rpc/machines/inspect`,
        token: this.token,
        input: { machineId },
        signal,
        fetch: (url, init) => this.fetchPatiently(url, init),
      });
    return this.ask(question, this.timeoutMs);
  }

  exec(machineId: string, command: ExecCommand) {
    const deadline = command.timeoutMs + EXEC_SLACK_MS;
    return this.ask((signal) => this.host.machines.exec({ machineId, ...command }, { signal }), deadline);
  }

  connect(machineId: string, port: string, sign?: RequestSigner): MachineConnection {
    const url = `${this.url}/machines/${machineId}/ports/${port}`;
    return {
      url,
      fetch: async (request) => {
        const { authorization, init } = await signed(request, url, sign);
        const headers = new Headers(request.headers);
        headers.set('authorization', `Bearer ${this.token}`);
        headers.delete(MACHINE_AUTHORIZATION_HEADER);
        if (authorization !== null) headers.set(MACHINE_AUTHORIZATION_HEADER, authorization);
        try {
          assertMayAsk(this.url, Date.now());
          const sent = new Request(request, { ...init, headers, redirect: 'manual' });
          return await answerOfMachine(await fetchOutside(sent, {}, limitsOfPort(this.allow, sign)));
        } catch (error) {
          throw asProviderError(error);
        }
      },
    };
  }

  /** Leaves a host alone that has asked for it. */
  private async fetchPatiently(request: Request | string, init: RequestInit): Promise<Response> {
    assertMayAsk(this.url, Date.now());
    const limits = { allow: this.allow, timeoutMs: LONGEST_CALL_MS, maxBytes: MOST_ANSWER_BYTES };
    const response = await fetchOutside(request, init, limits);
    heed(this.url, response, Date.now());
    return response;
  }

  private async call(send: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    await this.ask(send, this.timeoutMs);
  }

  private async ask<T>(send: (signal: AbortSignal) => Promise<T>, timeoutMs: number): Promise<T> {
    try {
      return await withTimeLimit(timeoutMs, send);
    } catch (error) {
      throw asProviderError(error);
    }
  }
}

async function answerOfMachine(response: Response): Promise<Response> {
  const code = response.headers.get(HOST_ERROR_HEADER);
  if (code === null) return response;
  await response.body?.cancel();
  const known = isErrorCode(code) ? code : 'PROVIDER_FAILED';
  throw new ProviderError(known, errorCatalogue[known].message);
}
