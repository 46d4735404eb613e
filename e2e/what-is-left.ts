import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { readProcesses } from '../apps/cli/src/processes/process-table.ts';
import { isPortFree } from '../apps/cli/src/warden/ports.ts';

const run = promisify(execFile);

/** What of a fleet still runs or listens, in words; empty when nothing does. Volumes of parked machines may stay. */
export async function whatIsLeft({
  state,
  hostId,
  ports,
  backend,
}: {
  state: string;
  hostId: string;
  ports: readonly number[];
  backend: string;
}): Promise<string[]> {
  const marks = new Set([`FETTLE_FLEET=${state}`, `FETTLE_HOST_ID=${hostId}`]);
  const processes = (await readProcesses()).filter(
    ({ environment, command, pid }) =>
      pid !== process.pid && (command.includes(state) || environment.some((variable) => marks.has(variable))),
  );
  const listening = await Promise.all(
    ports.map(async (port) => ((await isPortFree(port)) ? [] : [`port ${port}`])),
  );
  const containers = backend === 'docker' ? await dockerIds(['ps', '--all'], hostId) : [];
  return [
    ...processes.map(({ pid, command }) => `${pid} ${command}`),
    ...listening.flat(),
    ...containers.map((id) => `container ${id}`),
  ];
}

/** Volumes and networks of a host: what must be gone after a reset. */
export async function dockerRemains(hostId: string): Promise<string[]> {
  const volumes = await dockerIds(['volume', 'ls'], hostId);
  const networks = await dockerIds(['network', 'ls'], hostId);
  return [...volumes.map((id) => `volume ${id}`), ...networks.map((id) => `network ${id}`)];
}

/** What the host-agent of a state folder calls itself, and the ports of the fleet. */
export async function identify(state: string): Promise<{ hostId: string; ports: number[] }> {
  const read = async (...parts: string[]) =>
    JSON.parse(await readFile(path.join(state, ...parts), 'utf8')) as unknown;
  const { hostId, gatewayPort } = (await read('host', 'host.json')) as {
    hostId: string;
    gatewayPort: number;
  };
  const { url, hostPort, providerPort, analyticsPort } = (await read('state.json')) as {
    url: string;
    hostPort: number;
    providerPort: number;
    analyticsPort: number;
  };
  return { hostId, ports: [Number(new URL(url).port), hostPort, gatewayPort, providerPort, analyticsPort] };
}

async function dockerIds(command: readonly string[], hostId: string): Promise<string[]> {
  const { stdout } = await run('docker', [...command, '--quiet', '--filter', `label=fettle.host=${hostId}`]);
  return stdout.split('\n').filter((line) => line !== '');
}
