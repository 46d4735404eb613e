import type { daemonContract, VersionChangeResult } from '@fettle/contract';
import { VersionChangeResultLine } from '@fettle/contract';
import { createPidnapClient, type PidnapClient } from '@fettle/pidnap/client';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import { diskLayout, type DiskLayout } from '../src/disk/layout.ts';
import { authorize } from '@fettle/pidnap/command-signer';
import { keep } from '../src/credentials/kept-credentials.ts';
import { repositoryAccess } from '../src/versions/repository-access.ts';
import { machineSpec } from './machine-spec.ts';
import { COMMAND_KEYS, RENEWAL_TOKEN } from './test-credentials.ts';
import type { TestRepositories, TestWorld } from './test-repositories.ts';
import { waitFor } from './wait-for.ts';

export type DaemonClient = ContractRouterClient<typeof daemonContract>;

/** A machine made of plain processes on a temporary disk, run by the bundled runtime. */
export type TestMachine = {
  disk: DiskLayout;
  ports: { pidnap: number; daemon: number; web: number };
  pidnap: PidnapClient;
  daemon: DaemonClient;
  /** `environment`: what the first process has besides PATH. */
  boot(environment?: Record<string, string>): Promise<void>;
  /** Ends the machine, and everything in it, as its provider would. */
  shutDown(): Promise<void>;
  /** Runs `versions apply` as a process of its own. */
  apply(...args: string[]): Promise<AppliedChange>;
  /** Runs any command of the runtime as a process of its own. */
  run(...args: string[]): Promise<{ exitCode: number | null; lastLine: string; stderr: string }>;
  /** The process that supervises the machine. */
  supervisor(): ChildProcess;
  /** Starts `versions apply` and leaves the process to the caller. */
  startApply(...args: string[]): ChildProcess;
  fetchWeb(path: string): Promise<Response>;
  webRelease(): Promise<string>;
};

export type AppliedChange = { exitCode: number | null; result: VersionChangeResult | null; stderr: string };

/**
 * Makes a machine; `boot` starts it. `bootstrap`: it has this token in place of credentials. Passwords of the repositories are in
 * its credentials alone.
 */
export async function makeTestMachine(
  world: TestWorld,
  repositories: TestRepositories,
  { bootstrap, ...overrides }: Parameters<typeof machineSpec>[0] & { bootstrap?: string } = {},
): Promise<TestMachine> {
  const disk = diskLayout(await mkdtemp(join(world.folder, 'machine-')));
  const [pidnapPort, daemonPort, webPort] = await freePorts(3);
  const ports = { pidnap: pidnapPort ?? 0, daemon: daemonPort ?? 0, web: webPort ?? 0 };
  const cloneUrls = { platform: repositories.platformUrl, customer: repositories.customerUrl };
  const withoutPasswords = {
    platform: repositoryAccess(cloneUrls.platform).url,
    customer: repositoryAccess(cloneUrls.customer).url,
  };
  const spec = machineSpec({ ports, repositories: withoutPasswords, ...overrides });
  const { machineId } = spec.identity;
  await mkdir(join(disk.root, 'fettle'));
  await writeFile(disk.machineFile, JSON.stringify(spec));
  if (bootstrap === undefined) {
    const commandKeys = [COMMAND_KEYS.publicKey];
    const kept = { machineId, renewal: RENEWAL_TOKEN, commandKeys, repositories: cloneUrls };
    await keep(disk, { ...kept, bootstrap: 'of no token of a test' });
  } else {
    const file = join(disk.root, 'fettle', 'bootstrap.json');
    await writeFile(file, JSON.stringify({ machineId, token: bootstrap }), { mode: 0o400 });
  }

  let running: ChildProcess | null = null;
  const runtime = (args: string[], environment: Record<string, string> = {}) =>
    spawn(process.execPath, [world.runtime, ...args], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: 'pipe',
    });
  const startApply = (...args: string[]) => runtime(['versions', 'apply', '--root', disk.root, ...args]);
  const fetchWeb = (path: string) => fetch(`http://127.0.0.1:${ports.web}${path}`);

  return {
    disk,
    ports,
    pidnap: createPidnapClient({
      url: `http://127.0.0.1:${ports.pidnap}`,
      token: async (request) => authorize(COMMAND_KEYS, request, { audience: `${machineId}/pidnap` }),
    }),
    daemon: daemonClient(ports.daemon, { audience: `${machineId}/daemon` }),
    async boot(environment) {
      running = runtime(['boot', '--root', disk.root], environment);
      running.stdout?.resume();
      const errors: string[] = [];
      running.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
      await waitFor('the machine answers', async () => {
        if (running?.exitCode !== null) throw new Error(`The machine ended: ${errors.join('')}`);
        return (
          (await fetchWeb('/healthz')).ok && (await fetch(`http://127.0.0.1:${ports.daemon}/healthz`)).ok
        );
      });
    },
    async shutDown() {
      if (running === null || running.exitCode !== null) return;
      running.kill('SIGTERM');
      await once(running, 'exit');
    },
    startApply,
    run: (...args) => ended(runtime(args)),
    supervisor() {
      if (running === null) throw new Error('The machine was not booted');
      return running;
    },
    apply: (...args) => finish(startApply(...args)),
    fetchWeb,
    async webRelease() {
      const { release } = (await (await fetchWeb('/healthz')).json()) as { release: string };
      return release;
    },
  };
}

/** A client for a daemon on this host; commands are signed for the audience by whoever has the keys. */
export function daemonClient(
  port: number,
  { audience, keys = COMMAND_KEYS }: { audience: string; keys?: typeof COMMAND_KEYS },
): DaemonClient {
  const link = new RPCLink({
    url: `http://127.0.0.1:${port}/rpc/v1`,
    fetch: async (request) => {
      const body = new Uint8Array(await request.arrayBuffer());
      const { pathname: path } = new URL(request.url);
      const authorization = authorize(keys, { method: request.method, path, body }, { audience });
      const headers = { 'content-type': 'application/json', authorization };
      return fetch(request.url, { method: request.method, headers, body });
    },
  });
  return createORPCClient(link);
}

/** Waits for the end of a version change and reads its result. */
export async function finish(child: ChildProcess): Promise<AppliedChange> {
  const { exitCode, lastLine, stderr } = await ended(child);
  const line = v.safeParse(VersionChangeResultLine, lastLine);
  return { exitCode, result: line.success ? line.output : null, stderr };
}

async function ended(
  child: ChildProcess,
): Promise<{ exitCode: number | null; lastLine: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { exitCode: child.exitCode, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '', stderr };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
