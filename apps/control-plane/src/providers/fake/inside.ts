/** What answers on the ports of a simulated machine: pidnap, the daemon, and the customer's services. */
import { DAEMON_RPC_PREFIX, daemonContract } from '@fettle/contract';
import { CHECKOUT_PROCESS, checkoutCommand, DAEMON } from '@fettle/core';
import {
  contract as pidnapContract,
  ProcessDefinition,
  RPC_PREFIX,
  type ProcessView,
} from '@fettle/pidnap/contract';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/fetch';
import * as v from 'valibot';
import { ProviderError } from '../machine-provider.ts';
import { asProviderError } from '../provider-failure.ts';
import type { FakeMachine } from './fake-machine.ts';
import { isSigned } from './is-signed.ts';

/** How long the simulated version change takes. */
export type InsideOptions = { changeMs: number; now: () => number };

/** Node forgets to abort a request that nothing but its own listeners holds. */
const waiting = new Set<Request>();

type Context = { machine: FakeMachine; options: InsideOptions };

const pidnap = implement(pidnapContract).$context<Context>();
const daemon = implement(daemonContract).$context<Context>();

const pidnapHandler = new RPCHandler({
  list: pidnap.list.handler(({ context }) => processes(context)),
  get: pidnap.get.handler(({ input, context, errors }) => {
    const found = processes(context).find((one) => one.name === input.name);
    if (!found) throw errors.PROCESS_NOT_FOUND({ data: { name: input.name } });
    return found;
  }),
  restart: pidnap.restart.handler(({ input, context, errors }) => {
    const known = processes(context).find((one) => one.name === input.name);
    if (!known) throw errors.PROCESS_NOT_FOUND({ data: { name: input.name } });
    once(context, input.actionId, `restart ${input.name}`, () => context.machine.restartService(input.name));
    return processes(context).find((one) => one.name === input.name) ?? known;
  }),
  add: pidnap.add.handler(({ input, context, errors }) => {
    const { machine, options } = context;
    const { command } = input.definition;
    once(context, input.actionId, `add ${input.name}`, () =>
      command.includes('restore')
        ? machine.restore(input.name, command)
        : machine.change(input.name, command, options.changeMs),
    );
    const added = processes(context).find((one) => one.name === input.name);
    if (!added) throw errors.PROCESS_NOT_FOUND({ data: { name: input.name } });
    return added;
  }),
  wait: pidnap.wait.handler(({ input, context, errors }) => {
    const process = processes(context).find((one) => one.name === input.name);
    if (!process) throw errors.PROCESS_NOT_FOUND({ data: { name: input.name } });
    return { reached: ['completed', 'failed'].includes(process.state), process };
  }),
  logs: pidnap.logs.handler(({ input, context }) => {
    const text = lastLine(context.machine, input.name);
    return {
      lines: [{ at: context.options.now(), stream: 'stdout' as const, text, partial: false }],
      more: false,
    };
  }),
});

const daemonHandler = new RPCHandler({
  health: daemon.health.handler(({ input, context }) => context.machine.daemonHealth(input.nonce)),
  bootstrap: daemon.bootstrap.handler(({ input, context }) => {
    context.machine.bootstrap = input.token;
    return { renewedAt: context.options.now() };
  }),
});

/** Answers one request to a port of a machine as the way through a host does; rejects with a `ProviderError`. */
export async function answerRequest(
  machine: FakeMachine,
  asked: {
    port: string;
    request: Request;
    /** Length of the address that the port itself has. */
    below: number;
    /** What the way through the provider puts on the request. */
    authorization: string | null;
  },
  options: InsideOptions,
): Promise<Response> {
  const { port, request, below, authorization } = asked;
  try {
    if (machine.power === 'running' && machine.silent.has(port)) return await neverAnswers(request);
    const headers = new Headers(request.headers);
    headers.delete('authorization');
    if (authorization !== null) headers.set('authorization', authorization);
    const body = request.body === null ? null : await request.arrayBuffer();
    const address = `http://machine${request.url.slice(below) || '/'}`;
    const inner = new Request(address, { method: request.method, headers, body });
    return await answerPort(machine, port, inner, options);
  } catch (error) {
    throw asProviderError(error);
  }
}

/** By the path that is left below the port. */
async function answerPort(machine: FakeMachine, port: string, request: Request, options: InsideOptions) {
  machine.settle();
  if (machine.power !== 'running') throw silent();
  const context = { machine, options };
  switch (port) {
    case 'pidnap': {
      if (!(await isSigned(machine, port, request, options.now())))
        return new Response('no', { status: 401 });
      const { response } = await pidnapHandler.handle(request, { prefix: RPC_PREFIX, context });
      return response ?? new Response('not found', { status: 404 });
    }
    case DAEMON: {
      if (machine.services.get(DAEMON)?.state !== 'running') throw silent();
      if (!(await isSigned(machine, port, request, options.now())))
        return new Response('no', { status: 401 });
      const { response } = await daemonHandler.handle(request, { prefix: DAEMON_RPC_PREFIX, context });
      return response ?? new Response('not found', { status: 404 });
    }
    default:
      return answerService(machine, port);
  }
}

function silent(): ProviderError {
  return new ProviderError('MACHINE_UNREACHABLE', 'The machine does not answer');
}

function answerService(machine: FakeMachine, port: string): Response {
  const service = machine.services.get(port);
  if (!service) throw new ProviderError('MACHINE_NOT_FOUND', 'There is no such port');
  if (service.state !== 'running') throw silent();
  if (service.health === 'unhealthy') return new Response('not well', { status: 503 });
  return Response.json({ machineId: machine.order.identity.machineId, customer: machine.versions.customer });
}

/** Answers nothing; rejects when the caller gives up. */
function neverAnswers(request: Request): Promise<Response> {
  waiting.add(request);
  return new Promise((_, reject) => {
    request.signal.addEventListener('abort', () => {
      waiting.delete(request);
      reject(request.signal.reason);
    });
  });
}

/** Acts on an action id once, as pidnap does. */
function once({ machine }: Context, actionId: string | undefined, what: string, act: () => void): void {
  if (actionId !== undefined && machine.commands.has(actionId)) return;
  if (actionId !== undefined) machine.commands.set(actionId, what);
  act();
}

function processes({ machine, options }: Context): ProcessView[] {
  const command = checkoutCommand({ node: 'node', runtime: 'runtime.cjs', root: '/machine' });
  const now = options.now();
  return [
    view({ name: CHECKOUT_PROCESS, state: 'completed', command, now }),
    ...machine
      .statuses()
      .map(({ name, state, health, restarts, pid, message }) =>
        view({ name, state, health, restarts, pid, message, command: ['node', name], now }),
      ),
    ...machine.restores.map(({ name, command: restore, refused }) =>
      view({ name, state: refused === null ? 'completed' : 'failed', command: restore, now }),
    ),
    ...machine.changes.map(({ name, command: change, ended }) =>
      view({ name, state: ended ? 'completed' : 'running', command: change, now }),
    ),
  ];
}

function lastLine({ restores }: FakeMachine, name: string): string {
  const refused = restores.find((one) => one.name === name)?.refused ?? null;
  return refused === null ? `${name} says hello` : JSON.stringify({ ok: false, message: refused });
}

type ViewParts = Pick<ProcessView, 'name' | 'state'> & {
  health?: ProcessView['health']['status'];
  restarts?: number;
  pid?: number | null;
  message?: string;
  command: string[];
  now: number;
};

function view(parts: ViewParts): ProcessView {
  const { name, state, health = 'unknown', restarts = 0, pid = null, message = '', command, now } = parts;
  return {
    name,
    state,
    stateSince: now,
    reason: 'spawned',
    message,
    desired: 'up',
    health: { status: health, failures: 0, checkedAt: now, message: '' },
    pid,
    runs: restarts + 1,
    restarts,
    exitCode: state === 'completed' ? 0 : null,
    signal: null,
    oomKilled: false,
    queuedAt: null,
    startedAt: now,
    healthyAt: null,
    stoppedAt: null,
    durationMs: 0,
    nextStartAt: null,
    skippedRuns: 0,
    killAt: null,
    blockedOn: [],
    source: 'config',
    definition: v.parse(ProcessDefinition, { command, cwd: '/machine' }),
    definitionDigest: '0'.repeat(64),
  };
}
