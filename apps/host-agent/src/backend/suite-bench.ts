import type { HostBackend, Inspection } from '@fettle/contract/host-agent';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import {
  answering,
  ended,
  makePlace,
  startHost,
  type HostProcess,
  type Place,
} from '../../test/host-process.ts';
import { action, order } from '../../test/orders.ts';

/** How the suite reaches around a backend, to do to machines what the host-agent does not do. */
export interface BackendHands {
  backend: HostBackend;
  /** Removes a machine behind the host-agent's back; whether its disk stays depends on the backend. */
  lose(place: Place, machineId: string): Promise<void>;
  /** Stops the machine's main process with SIGSTOP. */
  freeze(place: Place, machineId: string): Promise<void>;
  /** Kills the machine's main process with SIGKILL. */
  kill(place: Place, machineId: string): Promise<void>;
  /** Counts everything that carries the host's id: containers, volumes and networks, or processes. */
  countOwned(place: Place): Promise<number>;
}

/** One host-agent for a whole suite, and the shortest ways to try it. */
export interface Bench {
  readonly place: Place;
  readonly host: HostProcess;
  /** Starts the host-agent again after it was ended; `imageDir`: with another image for new machines. */
  again(options?: { imageDir?: string }): Promise<void>;
  /** A slot that no other test has. */
  slot(): string;
  /** Creates a machine of its own for one test and waits until it answers. */
  running(overrides?: Parameters<typeof order>[0]): Promise<string>;
  /** Starts an effect and waits until it has ended. */
  act(
    verb: 'start' | 'stop' | 'restart' | 'destroy' | 'copy',
    machineId: string,
    sequence: number,
  ): Promise<Inspection>;
}

/** Sets a bench up around the tests of the present `describe`; nothing of the host is left when they have run. */
export function setUpBench({ backend, countOwned }: BackendHands): Bench {
  let place: Place;
  let host: HostProcess;
  let slots = 0;

  beforeAll(async () => {
    place = await makePlace();
    host = await startHost({ place, backend });
  }, 300_000);
  afterAll(async () => {
    await host.end('SIGTERM');
    await place.clean();
    expect(await countOwned(place)).toBe(0);
  }, 120_000);
  afterEach(async () => {
    for (const { machineId, operation } of await host.client.machines.list()) {
      const gone = action(machineId, (operation?.action.sequence ?? 0) + 1000);
      await ended(host, machineId, await host.client.machines.destroy({ machineId, action: gone }));
    }
  }, 120_000);

  const slot = () => `slot-${(slots += 1)}`;

  return {
    get place() {
      return place;
    },
    get host() {
      return host;
    },
    async again(options = {}) {
      host = await startHost({ place, backend, ...options });
    },
    slot,
    async running(overrides = {}) {
      const request = order({ slot: slot(), ...overrides });
      const { machineId } = request.identity;
      const inspection = await ended(host, machineId, await host.client.machines.create(request));
      expect(inspection.operation).toMatchObject({ status: 'done', error: null });
      await answering(host, machineId);
      return machineId;
    },
    async act(verb, machineId, sequence) {
      const begun = await host.client.machines[verb]({ machineId, action: action(machineId, sequence) });
      return ended(host, machineId, begun);
    },
  };
}
