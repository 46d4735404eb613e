import { chmod, mkdir } from 'node:fs/promises';
import {
  newSecret,
  readFleetState,
  writeFleetState,
  writePrivately,
  type FleetFolder,
  type FleetState,
} from '../connection/fleet-state.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { findFreePort, isPortFree } from './ports.ts';
import type { WardenOptions } from './wire.ts';

const DEFAULT_PORT = 8787;
const DEFAULT_ANALYTICS_PORT = 8788;

/**
 * The state of this start: that of the last one, with ports that are free now; secrets are made once. Throws when the
 * control plane's port is taken: people have it in their bookmarks, so it does not move by itself.
 */
export async function prepareState(folder: FleetFolder, options: WardenOptions): Promise<FleetState> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  await chmod(folder.root, 0o700);
  const last = await readFleetState(folder.stateFile);
  const port = await controlPort(options.port, last);
  const isHostPortFree = last !== null && (await isPortFree(last.hostPort));
  const state: FleetState = {
    format: 2,
    url: `http://127.0.0.1:${port}`,
    operatorToken: last?.operatorToken ?? newSecret(),
    hostToken: last?.hostToken ?? newSecret(),
    machineKey: last?.machineKey ?? newSecret(),
    hostPort: isHostPortFree ? last.hostPort : await findFreePort(),
    analyticsPort: await analyticsPort(options.port, last),
    analyticsToken: last?.analyticsToken ?? newSecret(),
    project: last?.project ?? options.project,
    backend: last?.backend ?? null,
  };
  await writeFleetState(folder.stateFile, state);
  await writePrivately(folder.hostTokenFile, `${state.hostToken}\n`);
  await writePrivately(folder.analyticsTokenFile, `${state.analyticsToken}\n`);
  return state;
}

async function controlPort(asked: number | null, last: FleetState | null): Promise<number> {
  if (asked === 0) return findFreePort();
  const port = asked ?? (last === null ? DEFAULT_PORT : Number(new URL(last.url).port));
  if (await isPortFree(port)) return port;
  throw portTaken(port);
}

/** Where people ask for what was measured; it moves only when another program has taken it. */
async function analyticsPort(asked: number | null, last: FleetState | null): Promise<number> {
  if (last === null && asked === 0) return findFreePort();
  const port = last?.analyticsPort ?? DEFAULT_ANALYTICS_PORT;
  return port !== asked && (await isPortFree(port)) ? port : findFreePort();
}

/** The failure of a start whose port is taken. */
export function portTaken(port: number): CliFailure {
  return new CliFailure(EXIT.portTaken, `port ${port} is taken by another program`, {
    hint: `choose another one: npm start -- --port ${port + 1}`,
  });
}
