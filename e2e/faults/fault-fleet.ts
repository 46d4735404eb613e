import { createFettleClient, type FettleClient } from '@fettle/client';
import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fleetFolder, type FleetFolder } from '../../apps/cli/src/connection/fleet-state.ts';
import { openBoundedLog, type BoundedLog } from '../../apps/cli/src/warden/bounded-log.ts';
import { startCron } from '../../apps/cli/src/warden/cron.ts';
import { controlPlanePart, hostAgentPart } from '../../apps/cli/src/warden/fleet-parts.ts';
import { PartFailedToStart, startPart, type Part } from '../../apps/cli/src/warden/part.ts';
import { findFreePort } from '../../apps/cli/src/warden/ports.ts';
import { prepareState } from '../../apps/cli/src/warden/prepare-state.ts';
import { providerEnvironment } from '../../apps/cli/src/warden/provider-server.ts';
import { resetFleet } from '../../apps/cli/src/warden/reset-fleet.ts';
import { openRunLog } from '../../apps/cli/src/warden/run-record.ts';
import { prepareFiles, type Heads } from '../fleet-files.ts';
import { dockerRemains, identify, whatIsLeft } from '../what-is-left.ts';
import { openInterceptor, type Interceptor } from './interceptor.ts';

const UNIX = /^unix:\/\//;

/** A whole product under test: control plane in workerd, host-agent, machines as containers. */
export type FaultFleet = {
  client: FettleClient;
  url: string;
  hostId: string;
  folder: FleetFolder;
  heads: Heads;
  /** Between the control plane and the host-agent. */
  toHost: Interceptor;
  /** Between the host-agent and the Docker Engine. */
  toEngine: Interceptor;
  /** Last lines of what control plane and host-agent said. */
  logs(): string;
  /** Ends everything, once; resolves with what is left all the same, in words. */
  end(): Promise<string[]>;
};

/** Exit code of a control plane whose port somebody took between the choice of it and its start. */
const PORT_TAKEN = 7;

/** Starts one, with a place for faults on both of its inner ways. */
export async function openFaultFleet(tries = 3): Promise<FaultFleet> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof PartFailedToStart) || error.exitCode !== PORT_TAKEN || tries <= 1) throw error;
    return openFaultFleet(tries - 1);
  }
}

/** What was begun is ended when it cannot be started. */
async function open(): Promise<FaultFleet> {
  const state = mkdtempSync(path.join(realpathSync(tmpdir()), 'fettle-faults-'));
  const folder = fleetFolder(state);
  const opened: { interceptors: Interceptor[]; parts: Part[]; logs: BoundedLog[]; stopCron: () => void } = {
    interceptors: [],
    parts: [],
    logs: [],
    stopCron: () => undefined,
  };
  let hostId = '';
  let ended: Promise<string[]> | null = null;

  function end(): Promise<string[]> {
    return (ended ??= endAll());
  }

  async function endAll(): Promise<string[]> {
    opened.stopCron();
    const identity = await identify(state).catch(() => null);
    const [host, control] = opened.parts;
    await control?.stop();
    // At once: nobody needs these machines to be parked in order.
    await removeContainers(hostId);
    await host?.stop();
    for (const interceptor of opened.interceptors) await interceptor.close();
    for (const log of opened.logs) log.close();
    await resetFleet(state, AbortSignal.timeout(120_000));
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
    if (identity === null) return [];
    const left = await whatIsLeft({ state, backend: 'docker', ...identity });
    return [...left, ...(await dockerRemains(hostId))];
  }

  try {
    const options = {
      state,
      port: 0,
      backend: 'docker',
      provider: 'local',
      project: 'faults',
      metrics: null,
    } as const;
    const fleet = await prepareState(folder, options);
    const runLog = openRunLog(folder);
    const heads = await prepareFiles(folder);
    const common = (name: string) => {
      const log = openBoundedLog(path.join(folder.logs, `${name}.log`));
      opened.logs.push(log);
      return { folder, state: fleet, runLog, log, onTrouble: (message: string) => log.write(message) };
    };

    const engineSocket = path.join(state, 'engine.sock');
    const toEngine = await openInterceptor({ socketPath: engineSocket }, { socketPath: realEngine() });
    opened.interceptors.push(toEngine);
    const onReady = (ready: { hostId: string }) => (hostId = ready.hostId);
    const host = hostAgentPart({ ...common('host-agent'), backend: 'docker', onReady });
    opened.parts.push(
      await startPart({ ...host, env: { ...host.env, DOCKER_HOST: `unix://${engineSocket}` } }),
    );

    const hostWay = await findFreePort();
    const toHost = await openInterceptor({ port: hostWay }, { port: fleet.hostPort });
    opened.interceptors.push(toHost);
    const provider = providerEnvironment(folder, { ...fleet, hostPort: hostWay }, '');
    opened.parts.push(
      await startPart(controlPlanePart({ ...common('control-plane'), metrics: null, provider })),
    );
    opened.stopCron = startCron(fleet.url);

    const client = createFettleClient({ url: fleet.url, token: fleet.operatorToken });
    const logs = () => opened.logs.flatMap((log) => log.tail()).join('\n');
    return { client, url: fleet.url, hostId, folder, heads, toHost, toEngine, logs, end };
  } catch (error) {
    await end();
    throw error;
  }
}

function realEngine(): string {
  const address = process.env.DOCKER_HOST || 'unix:///var/run/docker.sock';
  if (!UNIX.test(address))
    throw new Error(`these tests reach the engine by a unix socket, not at ${address}`);
  return address.replace(UNIX, '');
}

async function removeContainers(hostId: string): Promise<void> {
  if (hostId === '') return;
  const filter = ['--filter', `label=fettle.host=${hostId}`];
  const { stdout } = await promisify(execFile)('docker', ['ps', '--all', '--quiet', ...filter]);
  const ids = stdout.split('\n').filter((line) => line !== '');
  if (ids.length > 0) await promisify(execFile)('docker', ['rm', '--force', ...ids]);
}
