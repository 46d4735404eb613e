import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostBackend } from '@fettle/contract/host-agent';
import { openActionStore } from './actions/action-store.ts';
import { chooseBackend, openBackend } from './backend/open-backend.ts';
import { openCopyStore } from './copies/copy-store.ts';
import { readHostRecord, writeHostRecord } from './disk/host-record.ts';
import { openMachineRecords } from './disk/machine-records.ts';
import { derivedHostId, stateFolder } from './disk/state-folder.ts';
import { lockState } from './disk/state-lock.ts';
import { createMachineHost } from './machines/machine-host.ts';
import type { ServeOptions } from './options.ts';
import { createHostApi } from './server/host-api.ts';
import { openTokenFile } from './server/token-file.ts';
import { closeServer, listen } from './server/listen.ts';

/** A host-agent that answers. */
export interface Serving {
  ready: {
    hostId: string;
    backend: HostBackend;
    pid: number;
    apiPort: number;
    apiUrl: string;
    /** Base URL of the machine gateway, as machines reach it. */
    gatewayUrl: string;
    gatewayPort: number;
  };
  /** Parks all machines and ends everything that this process listens on. */
  park: () => Promise<void>;
}

/** Starts a host-agent on its state folder: settles what a crash left open, answers, then brings parked machines back. */
export async function serve(options: ServeOptions, log: (message: string) => void): Promise<Serving> {
  const startedAt = Date.now();
  const state = stateFolder(options.state);
  const tokens = openTokenFile(options.tokenFile, log);
  const unlock = await lockState(state.lockFile);
  try {
    const remembered = await readHostRecord(state.hostFile);
    const hostId = options.hostId ?? remembered?.hostId ?? derivedHostId(state.root);
    const kind = await chooseBackend(options.backend, remembered?.backend ?? null, log);
    const records = openMachineRecords(state);
    const { backend, gateway } = await openBackend({
      kind,
      hostId,
      state,
      records,
      imageDir: options.imageDir,
      gatewayPort: remembered?.gatewayPort ?? null,
      gateway: { controlUrl: options.controlUrl, repos: options.repos, log },
      log,
    });
    await writeHostRecord(state.hostFile, { format: 1, hostId, backend: kind, gatewayPort: gateway.port });

    const parts = {
      hostId,
      backend,
      records,
      actions: openActionStore(state.actions),
      copies: openCopyStore(state.copies),
      log,
    };
    const host = createMachineHost(parts);
    await host.settle();
    const resumed = host.resume();
    const api = createHostApi({ host, backend, hostId, version: await ownVersion(), startedAt, tokens, log });
    const apiPort = await listen(api, options.port, '127.0.0.1');
    resumed.catch((error: unknown) => log(`parked machines could not be brought back: ${String(error)}`));

    return {
      ready: {
        hostId,
        backend: kind,
        pid: process.pid,
        apiPort,
        apiUrl: `http://127.0.0.1:${apiPort}`,
        gatewayUrl: gateway.url,
        gatewayPort: gateway.port,
      },
      park: async () => {
        await closeServer(api);
        // Machines say goodbye through the gateway, so it closes after them.
        await host.park();
        await closeServer(gateway.server);
        await backend.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
