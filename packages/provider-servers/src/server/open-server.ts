import { Hono } from 'hono';
import * as v from 'valibot';
import { Fault } from '../contract/test-controls.ts';
import { connectHost, type HostMachines } from '../host/host-machines.ts';
import { createFaults } from './faults.ts';
import type { Floor } from './floor.ts';
import { keyCheck } from './key.ts';
import { listen } from './listen.ts';
import type { ProviderServer, ServerOptions } from './options.ts';
import { createRequestLog } from './request-log.ts';
import type { ServerApp } from './serve-api.ts';
import { serveControls } from './serve-controls.ts';

/** How often what is due by the clock is done, unasked. */
const TICK_MS = 1000;

/** What a provider puts on the common floor. */
export type ServerParts = {
  /** Path of the API below the server's address. */
  base: string;
  /** Puts the API into the application, and gives what is to be done every second. */
  build(
    floor: Floor,
    parts: { app: ServerApp; host: HostMachines; url: string; admits: (request: Request) => boolean },
  ): () => Promise<void>;
};

/** Opens a server on this computer: floor, host, controls, and what the provider puts on them. */
export async function openServer(options: ServerOptions, parts: ServerParts): Promise<ProviderServer> {
  const log = options.log ?? (() => undefined);
  const floor: Floor = {
    faults: createFaults(),
    requests: createRequestLog(),
    now: options.now ?? Date.now,
    log,
    onBadAnswer: options.onBadAnswer ?? ((message) => log(`does not fit the specification: ${message}`)),
  };
  const holdsKey = keyCheck(options.key);
  let ticking: Promise<void> | null = null;
  let due: () => Promise<void> = () => Promise.resolve();
  const listening = await listen(options.port ?? 0, (url) => {
    const app: ServerApp = new Hono();
    serveControls(app, floor, holdsKey);
    const host = connectHost({
      url: options.hostUrl,
      token: options.hostToken,
      reachable: () => floor.faults.take('host-unreachable', () => true) === null,
    });
    const admits = (request: Request) =>
      holdsKey(request) && floor.faults.take('key-expired', () => true) === null;
    due = parts.build(floor, { app, host, url, admits });
    return app;
  });

  /** One at a time: a tick that comes while another runs is the same tick. */
  function tick(): Promise<void> {
    ticking ??= due()
      .catch((error: unknown) => log(`what is due could not be done: ${String(error)}`))
      .finally(() => (ticking = null));
    return ticking;
  }
  const { tickEveryMs = TICK_MS } = options;
  const timer = tickEveryMs === null ? null : setInterval(() => void tick(), tickEveryMs);
  timer?.unref();

  return {
    url: listening.url + parts.base,
    port: listening.port,
    faults: {
      add(fault) {
        const id = floor.faults.add(v.parse(Fault, fault));
        return () => void floor.faults.remove(id);
      },
      clear: floor.faults.clear,
    },
    requests: floor.requests.list,
    tick,
    async close() {
      if (timer !== null) clearInterval(timer);
      await listening.close();
      await ticking;
    },
  };
}
