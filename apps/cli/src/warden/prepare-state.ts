import { chmod, mkdir } from 'node:fs/promises';
import {
  newSecret,
  readFleetState,
  writeFleetState,
  writePrivately,
  type FleetFolder,
  type FleetState,
} from '../connection/fleet-state.ts';
import type { Provider } from '../connection/provider.ts';
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
  const provider = keptProvider(options.provider, last);
  const port = await controlPort(options.port, last);
  const state: FleetState = {
    format: 3,
    url: `http://127.0.0.1:${port}`,
    operatorToken: last?.operatorToken ?? newSecret(),
    hostToken: last?.hostToken ?? newSecret(),
    machineKey: last?.machineKey ?? newSecret(),
    commandKey: last?.commandKey ?? newSecret(),
    tokenKey: last?.tokenKey ?? newSecret(),
    hostPort: await freePort(last?.hostPort ?? null),
    analyticsPort: await analyticsPort(options.port, last),
    analyticsToken: last?.analyticsToken ?? newSecret(),
    provider,
    providerPort: await freePort(last?.providerPort ?? null),
    providerKey: last?.providerKey ?? newSecret(),
    project: last?.project ?? options.project,
    backend: last?.backend ?? null,
  };
  await writeFleetState(folder.stateFile, state);
  await writePrivately(folder.hostTokenFile, `${state.hostToken}\n`);
  await writePrivately(folder.analyticsTokenFile, `${state.analyticsToken}\n`);
  await writePrivately(folder.providerKeyFile, `${state.providerKey}\n`);
  return state;
}

/** A project has machines of one type for life, and its storage has them: another provider is another fleet. */
function keptProvider(asked: Provider | null, last: FleetState | null): Provider {
  const kept = last?.provider ?? asked ?? 'local';
  if (asked === null || asked === kept) return kept;
  throw new CliFailure(
    EXIT.usage,
    `this fleet has machines of ${kept} and keeps them: ${asked} would be another fleet`,
    {
      hint: 'use another folder (--state DIR), or forget this fleet with `npm run reset`',
    },
  );
}

/** The port of the last start, or another one when somebody has taken it. */
async function freePort(last: number | null): Promise<number> {
  return last !== null && (await isPortFree(last)) ? last : findFreePort();
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
