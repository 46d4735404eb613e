import {
  HOST_ERROR_HEADER,
  MACHINE_AUTHORIZATION_HEADER,
  type CreateMachine,
  type DataCopy,
  type ExecCommand,
  type ExecResult,
  type hostAgentContract,
  type Inspection,
} from '@fettle/contract/host-agent';
import type { ActionRef } from '@fettle/contract/ids';
import type { VersionRefs } from '@fettle/contract/version-set';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { passedHeaders, passedResponse } from '../server/forward.ts';

/** The longest that a host's answer is waited for; it answers at once whatever it has begun. */
const ANSWER_WITHIN_MS = 10_000;
/** Time on top of a command's own deadline for the way there and back. */
const EXEC_SLACK_MS = 2000;

/** Why a host did not do what was asked: it cannot be reached (nothing is known), or it will not. */
export class HostProblem extends Error {
  readonly reachable: boolean;
  /** The host's code for it, from Fettle's list of errors; `null` when it was not reached. */
  readonly code: string | null;

  constructor(message: string, options: { reachable: boolean; code: string | null } & ErrorOptions) {
    super(message, options);
    this.name = 'HostProblem';
    this.reachable = options.reachable;
    this.code = options.code;
  }
}

/** The real machines that a server sells as somebody else's. Every failure is a `HostProblem`. */
export interface HostMachines {
  /** Starts an effect and resolves when the host has taken it; a repeated action is the same effect. */
  create(order: CreateMachine): Promise<void>;
  act(
    kind: 'start' | 'stop' | 'restart' | 'destroy' | 'copy',
    machineId: string,
    action: ActionRef,
  ): Promise<void>;
  rebuild(
    machineId: string,
    order: { action: ActionRef; image: string; versions: VersionRefs },
  ): Promise<void>;
  inspect(machineId: string): Promise<Inspection>;
  list(): Promise<Inspection[]>;
  copies(machineId: string): Promise<DataCopy[]>;
  /** The newest first. */
  images(): Promise<{ image: string; createdAt: number }[]>;
  exec(machineId: string, command: ExecCommand): Promise<ExecResult>;
  /** Passes a request on to one of the machine's ports; `path` with its leading slash and its query. */
  pass(
    machineId: string,
    portName: string,
    path: string,
    request: Request,
    dropped: string[],
  ): Promise<Response>;
}

/** Reaches a host through its host-agent. `reachable` tells whether the line is up, for drills. */
export function connectHost(options: { url: string; token: string; reachable: () => boolean }): HostMachines {
  const url = options.url.replace(/\/+$/, '');
  const authorization = `Bearer ${options.token}`;
  const client: ContractRouterClient<typeof hostAgentContract> = createORPCClient(
    new RPCLink({ url: `${url}/rpc`, headers: { authorization } }),
  );

  async function ask<T>(
    question: (signal: AbortSignal) => Promise<T>,
    withinMs = ANSWER_WITHIN_MS,
  ): Promise<T> {
    assertReachable();
    try {
      return await question(AbortSignal.timeout(withinMs));
    } catch (error) {
      throw asHostProblem(error);
    }
  }

  function assertReachable(): void {
    if (!options.reachable())
      throw new HostProblem('The host is out of reach', { reachable: false, code: null });
  }

  return {
    create: (order) => ask(async (signal) => void (await client.machines.create(order, { signal }))),
    act: (kind, machineId, action) =>
      ask(async (signal) => void (await client.machines[kind]({ machineId, action }, { signal }))),
    rebuild: (machineId, order) =>
      ask(async (signal) => void (await client.machines.rebuild({ machineId, ...order }, { signal }))),
    inspect: (machineId) => ask((signal) => client.machines.inspect({ machineId }, { signal })),
    list: () => ask((signal) => client.machines.list(undefined, { signal })),
    copies: (machineId) => ask((signal) => client.machines.copies({ machineId }, { signal })),
    images: () => ask((signal) => client.host.images(undefined, { signal })),
    exec: (machineId, command) =>
      ask(
        (signal) => client.machines.exec({ machineId, ...command }, { signal }),
        command.timeoutMs + EXEC_SLACK_MS,
      ),
    async pass(machineId, portName, path, request, dropped) {
      assertReachable();
      const headers = passedHeaders(request, [...dropped, MACHINE_AUTHORIZATION_HEADER]);
      const ofMachine = headers.get('authorization');
      headers.set('authorization', authorization);
      if (ofMachine !== null) headers.set(MACHINE_AUTHORIZATION_HEADER, ofMachine);
      try {
        const response = await fetch(`${url}/machines/${machineId}/ports/${portName}${path}`, {
          method: request.method,
          headers,
          redirect: 'manual',
          signal: request.signal,
          ...(request.body === null ? {} : { body: request.body, duplex: 'half' }),
        } as RequestInit);
        const code = response.headers.get(HOST_ERROR_HEADER);
        if (code === null) return passedResponse(response);
        // The host itself says it, and not the machine.
        await response.body?.cancel();
        throw new HostProblem('The machine does not answer', { reachable: true, code });
      } catch (error) {
        throw asHostProblem(error);
      }
    },
  };
}

function asHostProblem(error: unknown): HostProblem {
  if (error instanceof HostProblem) return error;
  if (error instanceof ORPCError && error.code !== 'HOST_UNREACHABLE')
    return new HostProblem(error.message, { reachable: true, code: error.code, cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new HostProblem(`The host is out of reach: ${message}`, {
    reachable: false,
    code: null,
    cause: error,
  });
}
