import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { hostAgentContract, HostBackend, Inspection, Operation } from '@fettle/contract/host-agent';
import type { ContractRouterClient } from '@orpc/contract';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { Serving } from '../src/serve.ts';

export type HostClient = ContractRouterClient<typeof hostAgentContract>;

export const HOST_TOKEN = 'host-token-5b1f0c9e8d7a6432';
const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
/** The image of test machines. */
export const RUNTIME = join(import.meta.dirname, 'runtime');

/** A place for one host: state, repositories, token. Removed by `clean`, with all that the host made. */
export interface Place {
  root: string;
  state: string;
  repos: string;
  hostId: string;
  clean(): Promise<void>;
}

/** Makes a place with its own host id, so that tests never see each other's machines. */
export async function makePlace(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'fettle-host-agent-'));
  const state = join(root, 'state');
  const repos = join(root, 'repos');
  const hostId = `test-${process.pid}-${Math.trunc(performance.now() * 1000)}`;
  await mkdir(repos, { recursive: true });
  await writeFile(join(root, 'token'), HOST_TOKEN, { mode: 0o600 });
  return {
    root,
    state,
    repos,
    hostId,
    async clean() {
      const reset = spawn(process.execPath, [MAIN, 'reset', '--state', state, '--host-id', hostId], {
        stdio: 'inherit',
      });
      const [code] = (await once(reset, 'exit')) as [number];
      if (code !== 0) throw new Error(`reset ended with ${code}`);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A host-agent in a process of its own. */
export interface HostProcess {
  child: ChildProcess;
  ready: Serving['ready'];
  client: HostClient;
  /** Fetches from a machine's port through the host-agent's proxy. */
  fetchMachine(machineId: string, portName: string, path: string, init?: RequestInit): Promise<Response>;
  /** Ends the process with a signal and resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** What it wrote to stderr so far. */
  complaints(): string;
}

interface HostOptions {
  place: Place;
  backend: HostBackend;
  controlUrl?: string;
  exitWithStdin?: boolean;
  imageDir?: string;
}

/** Starts a host-agent and resolves when it is ready. */
export async function startHost(options: HostOptions): Promise<HostProcess> {
  const {
    place,
    backend,
    controlUrl = 'http://127.0.0.1:9',
    exitWithStdin = false,
    imageDir = RUNTIME,
  } = options;
  const args = ['serve', '--state', place.state, '--backend', backend, '--control-url', controlUrl];
  args.push('--repos', place.repos, '--image-dir', imageDir, '--token-file', join(place.root, 'token'));
  args.push('--host-id', place.hostId, ...(exitWithStdin ? ['--exit-with-stdin'] : []));
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const ready = await new Promise<Serving['ready']>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) =>
      resolve(JSON.parse(line) as Serving['ready']),
    );
    child.once('exit', (code) => reject(new Error(`host-agent ended with ${code}: ${complaints}`)));
  });
  const link = new RPCLink({
    url: `${ready.apiUrl}/rpc`,
    headers: { authorization: `Bearer ${HOST_TOKEN}` },
  });
  return {
    child,
    ready,
    client: createORPCClient(link),
    fetchMachine: (machineId, portName, path, init) =>
      fetch(`${ready.apiUrl}/machines/${machineId}/ports/${portName}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${HOST_TOKEN}`, ...init?.headers },
      }),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
    complaints: () => complaints,
  };
}

/** Asks again until the answer fits; rejects after 60 s with what it last was. */
export async function eventually<T>(ask: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  const limit = Date.now() + 60_000;
  for (;;) {
    const value = await ask();
    if (fits(value)) return value;
    if (Date.now() > limit) throw new Error(`never came true; last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until an operation has ended and answers with the machine's inspection. */
export async function ended(host: HostProcess, machineId: string, begun: Operation): Promise<Inspection> {
  return eventually(
    () => host.client.machines.inspect({ machineId }),
    ({ operation }) => operation?.action.id === begun.action.id && operation.status !== 'running',
  );
}

/** Waits until a port of a machine answers. */
export async function answering(host: HostProcess, machineId: string, portName = 'web'): Promise<void> {
  await eventually(
    async () => (await host.fetchMachine(machineId, portName, '/facts')).status,
    (status) => status === 200,
  );
}

/** What the test runtime tells of itself. */
export interface Facts {
  name: string;
  pid: number;
  uid: number;
  env: Record<string, string>;
  spec: {
    controlUrl: string;
    image: string;
    commandKeys: string[];
    versions: object;
    versionsFrom: string | null;
    ports: Record<string, number>;
    listenHost: string;
  };
  secret: { content: unknown; mode: number };
}

/** Asks a machine for its facts. */
export async function facts(host: HostProcess, machineId: string): Promise<Facts> {
  return (await host.fetchMachine(machineId, 'web', '/facts')).json() as Promise<Facts>;
}
