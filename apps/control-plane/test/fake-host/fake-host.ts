import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorCatalogue, hostAgentContract, type ErrorCode, type Operation } from '@fettle/contract';
import { implement, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/fetch';
import { COLLECT_EVIDENCE_SCRIPT } from '../../src/evidence/collect-inside.ts';
import { FakeProvider, type FakeProviderOptions } from '../../src/providers/fake-provider.ts';
import { ProviderError } from '../../src/providers/machine-provider.ts';
import { wireError } from '../../src/routers/rpc-errors.ts';

export const HOST_TOKEN = 'test-host-token';

/** A request that arrived, before anything was done about it. */
export type Arrival = {
  /** The verb of the host's contract, or `<port> <method> <path>` for a request to a machine. */
  what: string;
  machineId: string;
  actionId: string | null;
  at: number;
};

/**
 * A gate in front of the host. `before` runs on arrival, `after` when everything was done and before it is answered.
 * `false` breaks the connection: nobody learns how it ended.
 */
export type Gate = {
  before?: (arrival: Arrival) => Promise<boolean> | boolean;
  after?: (arrival: Arrival) => Promise<boolean> | boolean;
};

/** A host-agent's HTTP API over simulated machines, in this process. */
export type FakeHost = {
  url: string;
  provider: FakeProvider;
  arrivals: Arrival[];
  gate: Gate;
  close(): Promise<void>;
};

/**
 * Starts a fake host on a free loopback port. `extra` answers paths of its own, before everything else, or breaks the
 * connection.
 */
export async function startFakeHost(
  options: FakeProviderOptions & {
    extra?: (request: Request, host: FakeHost) => Promise<Response | 'break' | null>;
  } = {},
): Promise<FakeHost> {
  const provider = new FakeProvider(options);
  const rpc = new RPCHandler(hostRouter(provider));
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing);
  });
  const host: FakeHost = {
    url: '',
    provider,
    arrivals: [],
    gate: {},
    close: () => closed(server),
  };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await toRequest(incoming);
    const extra = (await options.extra?.(request, host)) ?? null;
    if (extra === 'break') return void incoming.socket.destroy();
    if (extra !== null) return send(extra, outgoing);
    if (request.headers.get('authorization') !== `Bearer ${HOST_TOKEN}`)
      return send(new Response('no', { status: 401 }), outgoing);
    const arrival = await arrivalOf(request);
    host.arrivals.push(arrival);
    if ((await host.gate.before?.(arrival)) === false) return void incoming.socket.destroy();
    const gone = new AbortController();
    outgoing.on('close', () => gone.abort());
    const response = await answer(new Request(request, { signal: gone.signal })).catch((error: unknown) =>
      Response.json({ message: String(error) }, { status: 500 }),
    );
    if ((await host.gate.after?.(arrival)) === false) return void incoming.socket.destroy();
    return send(response, outgoing);
  }

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const machine = /^\/machines\/([^/]+)\/ports\/([^/]+)(\/.*)?$/.exec(url.pathname);
    if (machine === null) {
      const { response } = await rpc.handle(request, { prefix: '/rpc', context: {} });
      return response ?? new Response('not found', { status: 404 });
    }
    const [, machineId = '', port = '', rest = '/'] = machine;
    const authorization = request.headers.get('x-fettle-machine-authorization');
    const sign = authorization === null ? undefined : async () => authorization;
    const connection = provider.connect(machineId, port, sign);
    try {
      return await connection.fetch(
        new Request(`${connection.url}${rest}${url.search}`, await copyOf(request)),
      );
    } catch (error) {
      if (error instanceof ProviderError) return hostError(error.code);
      throw error;
    }
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  host.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return host;
}

function hostRouter(provider: FakeProvider) {
  const contract = implement(hostAgentContract);
  const { machines } = contract;
  const begun = async (machineId: string, actionId: string, work: Promise<void>): Promise<Operation> => {
    await wired(work);
    const operation = provider.operations(machineId).find((one) => one.action.id === actionId);
    if (operation === undefined) throw wireError('INTERNAL');
    return operation;
  };
  const verb = (name: 'start' | 'stop' | 'restart' | 'destroy' | 'copy') =>
    machines[name].handler(({ input: { machineId, action } }) =>
      begun(machineId, action.id, provider[name](action, machineId)),
    );
  return {
    machines: {
      create: machines.create.handler(({ input: { action, bootstrap, ...order } }) => {
        if (bootstrap === null) throw wireError('BAD_REQUEST');
        const machine = { ...order, bootstrap, regions: [], onNoCapacity: 'wait' as const };
        return begun(order.identity.machineId, action.id, provider.create(action, machine));
      }),
      start: verb('start'),
      stop: verb('stop'),
      restart: verb('restart'),
      destroy: verb('destroy'),
      copy: verb('copy'),
      rebuild: machines.rebuild.handler(({ input: { machineId, action, ...order } }) =>
        begun(machineId, action.id, provider.rebuild(action, machineId, order)),
      ),
      inspect: machines.inspect.handler(({ input }) => wired(provider.inspect(input.machineId))),
      list: machines.list.handler(() => wired(provider.list())),
      exec: machines.exec.handler(({ input: { machineId, ...command } }) =>
        wired(provider.exec(machineId, command)),
      ),
      copies: machines.copies.handler(({ input }) => provider.copies(input.machineId)),
    },
  };
}

async function wired<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ORPCError || !(error instanceof ProviderError)) throw error;
    throw wireError(error.code, error.message);
  }
}

/** An error of the host's own, in the form in which the host-agent answers it. */
function hostError(code: ErrorCode): Response {
  const { status, message, retryable } = errorCatalogue[code];
  return Response.json(
    { json: { defined: true, code, status, message, data: { retryable } } },
    { status, headers: { 'x-fettle-error': code } },
  );
}

type ArrivedInput = {
  machineId?: string;
  action?: { id: string };
  actionId?: string;
  command?: string[];
};

/** Evidence is collected by a command that names its bundle by the action's number. */
function evidenceActionOf({ machineId, command }: ArrivedInput = {}): string | null {
  return command?.[2] === COLLECT_EVIDENCE_SCRIPT ? `${machineId}/${command[3]}` : null;
}

/** What a procedure was called with; nothing where the body is a visitor's. */
function inputIn(body: string): ArrivedInput | undefined {
  try {
    return (JSON.parse(body) as { json?: ArrivedInput } | null)?.json;
  } catch {
    return undefined;
  }
}

async function arrivalOf(request: Request): Promise<Arrival> {
  const { pathname } = new URL(request.url);
  const input = inputIn(await request.clone().text());
  const machine = /^\/machines\/([^/]+)\/ports\/([^/]+)(\/.*)?$/.exec(pathname);
  const action = input?.action?.id ?? input?.actionId ?? evidenceActionOf(input);
  return {
    what:
      machine === null
        ? pathname.replace('/rpc/machines/', '')
        : `${machine[2]} ${request.method} ${machine[3] ?? '/'}`,
    machineId: machine?.[1] ?? input?.machineId ?? action?.split('/')[0] ?? '',
    actionId: action,
    at: Date.now(),
  };
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers))
    if (typeof value === 'string' && !['connection', 'transfer-encoding'].includes(name))
      headers.set(name, value);
  const { method = 'GET' } = incoming;
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks);
  return new Request(`http://${incoming.headers.host}${incoming.url}`, { method, headers, body });
}

async function copyOf(request: Request): Promise<RequestInit> {
  const { method, headers, signal } = request;
  return { method, headers, signal, body: request.body === null ? null : await request.arrayBuffer() };
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
