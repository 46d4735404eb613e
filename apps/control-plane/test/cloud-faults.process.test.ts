/** What providers of clouds make of servers that misbehave: real machines, real HTTP, one machine for each cloud. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDaytonaServer, openFlyServer, type ProviderServer } from '@fettle/provider-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDaytonaProvider } from '../src/providers/daytona/daytona-provider.ts';
import { createFlyProvider } from '../src/providers/fly/fly-provider.ts';
import { memoryJournal } from '../src/providers/journal.ts';
import { ProviderError, type MachineProvider } from '../src/providers/machine-provider.ts';
import { startLocalHost, type LocalHost } from './local-host.ts';
import { newMachine } from './new-machine.ts';

const KEY = 'key-of-the-fault-tests-0123456789';
const APP = 'faults';
const surroundings = {
  controlUrl: 'http://127.0.0.1:9',
  repositories: { platform: 'http://127.0.0.1:9/platform', customer: 'http://127.0.0.1:9/customer' },
};

type Means = { journal: ReturnType<typeof memoryJournal<unknown>>; timeoutMs: number };
type Cloud = {
  type: 'daytona' | 'fly';
  open(options: { state: string; hostUrl: string; hostToken: string }): Promise<ProviderServer>;
  provider(server: ProviderServer, image: string, means: Means, key?: string): MachineProvider;
  /** Operations that change something, by the verb that uses them. */
  changes: Record<'create' | 'stop' | 'start' | 'restart' | 'copy' | 'destroy', string>;
  look: string;
  prepare(server: ProviderServer): Promise<void>;
  /** Makes something with a name of ours, as somebody else would. */
  squat(server: ProviderServer, machineId: string): Promise<Response>;
};

const ask = (url: string, body: unknown) =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const CLOUDS: Cloud[] = [
  {
    type: 'daytona',
    open: (options) => openDaytonaServer({ ...options, key: KEY }),
    provider: ({ url }, snapshot, means, key = KEY) =>
      createDaytonaProvider(
        { url, key, organization: null, previewHosts: [], snapshot, surroundings },
        means,
      ),
    changes: {
      create: 'createSandbox',
      stop: 'stopSandbox',
      start: 'startSandbox',
      restart: 'stopSandbox',
      copy: 'createSandboxSnapshot',
      destroy: 'deleteSandbox',
    },
    look: 'getSandbox',
    prepare: async () => undefined,
    squat: ({ url }, machineId) => ask(`${url}/sandbox`, { name: machineId }),
  },
  {
    type: 'fly',
    open: (options) => openFlyServer({ ...options, key: KEY }),
    provider: ({ url }, image, means, token = KEY) =>
      createFlyProvider(
        {
          url,
          token,
          app: APP,
          image,
          edgeUrl: `${url.replace(/\/v1$/, '')}/edge/${APP}/{port}`,
          surroundings,
        },
        means,
      ),
    changes: {
      create: 'Machines_create',
      stop: 'Machines_stop',
      start: 'Machines_start',
      restart: 'Machines_restart',
      copy: 'createVolumeSnapshot',
      destroy: 'Machines_delete',
    },
    look: 'Machines_show',
    prepare: async ({ url }) => void (await ask(`${url}/apps`, { name: APP, org_slug: 'personal' })),
    squat: ({ url }, machineId) =>
      ask(`${url}/apps/${APP}/machines`, {
        name: machineId.replaceAll('.', '--'),
        config: { image: images.newest },
      }),
  },
];

let host: LocalHost;
let images: LocalHost['images'];

beforeAll(async () => {
  host = await startLocalHost('process');
  images = host.images;
}, 300_000);
afterAll(() => host.close(), 60_000);

describe.each(CLOUDS)('$type that misbehaves', (cloud) => {
  const slot = `web-${cloud.type}`;
  const machineId = `demo.${slot}.1`;
  const means = { journal: memoryJournal<unknown>(), timeoutMs: 20_000 };
  const identity = {
    machineId,
    organization: 'acme',
    project: 'demo',
    slot,
    generation: 1,
    type: cloud.type,
  };
  const order = newMachine({ identity });
  let server: ProviderServer;
  let provider: MachineProvider;
  let state: string;
  let sequence = 0;

  const action = (number: number) => ({ id: `${machineId}/${number}`, sequence: number });
  const asked = (operation: string) =>
    server.requests().filter((request) => request.operation === operation).length;

  beforeAll(async () => {
    state = await mkdtemp(path.join(tmpdir(), `fettle-${cloud.type}-faults-`));
    server = await cloud.open({ state, hostUrl: host.url, hostToken: host.token });
    await cloud.prepare(server);
    provider = cloud.provider(server, images.newest, means);
  });
  afterAll(async () => {
    await server.close();
    await rm(state, { recursive: true, force: true });
  }, 60_000);

  async function failureOf(work: Promise<unknown>): Promise<ProviderError> {
    try {
      await work;
    } catch (error) {
      expect(error).toBeInstanceOf(ProviderError);
      return error as ProviderError;
    }
    throw new Error('was expected to fail');
  }

  async function ended() {
    const limit = Date.now() + 30_000;
    for (;;) {
      const inspection = await provider.inspect(machineId);
      const { operation } = inspection;
      if (operation?.action.sequence === sequence && operation.status !== 'running') return inspection;
      if (Date.now() > limit) throw new Error(`never ended: ${JSON.stringify(inspection)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Loses the answer of a verb's own call, and asks again under the same id as the core does. */
  async function afterLostAnswer(verb: keyof Cloud['changes']) {
    sequence += 1;
    const run = () =>
      verb === 'create'
        ? provider.create(action(sequence), order)
        : provider[verb](action(sequence), machineId);
    server.faults.add({ kind: 'lose-answer', operation: cloud.changes[verb], times: 1 });
    expect(await failureOf(run())).toMatchObject({ code: 'HOST_UNREACHABLE', retryable: true });
    const limit = Date.now() + 20_000;
    for (;;) {
      try {
        await run();
        return await ended();
      } catch (error) {
        // It is on its way to what was asked: asked again, as anybody would.
        if (!(error instanceof ProviderError) || !error.retryable || Date.now() > limit) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  it('makes one machine when the answer to its create is lost', async () => {
    expect(await afterLostAnswer('create')).toMatchObject({
      state: 'running',
      operation: { status: 'done' },
    });
    expect(await host.countMachines(machineId)).toBe(1);
  });

  it.each(['stop', 'start', 'restart', 'copy'] as const)(
    'does a %s once when its answer is lost',
    async (verb) => {
      const before = asked(cloud.changes[verb]);
      expect(await afterLostAnswer(verb)).toMatchObject({
        state: verb === 'stop' ? 'stopped' : 'running',
        operation: { status: 'done' },
      });
      expect(asked(cloud.changes[verb]) - before).toBe(1);
    },
  );

  it('knows nothing of the machine when it gets a page, a lie, a refused key, silence or no host', async () => {
    const hasty = cloud.provider(server, images.newest, { ...means, timeoutMs: 300 });
    const told = async (fault: Parameters<ProviderServer['faults']['add']>[0], by = provider) => {
      const undo = server.faults.add(fault);
      try {
        return (await by.inspect(machineId)).state;
      } catch (error) {
        return (error as ProviderError).code;
      } finally {
        undo();
      }
    };
    expect(await told({ kind: 'html', status: 404, operation: cloud.look })).toBe('PROVIDER_FAILED');
    expect(await told({ kind: 'refuse', status: 503, body: { message: 'no', error: 'no' } })).toBe(
      'PROVIDER_FAILED',
    );
    expect(await told({ kind: 'claim-state', machine: machineId, state: 'hibernating' })).toBe('unknown');
    expect(await told({ kind: 'key-expired' })).toBe('PROVIDER_KEY_REFUSED');
    expect(await told({ kind: 'slow', ms: 2000, operation: cloud.look }, hasty)).toBe('DEADLINE_EXCEEDED');
    expect(await told({ kind: 'host-unreachable' })).not.toBe('absent');
    expect(await provider.inspect(machineId)).toMatchObject({ state: 'running' });
  });

  it('is told that its key is wrong, and tells nobody the key', async () => {
    const wrong = 'a-wrong-key-0123456789';
    const other = {
      ...newMachine({ identity: { ...identity, machineId: `demo.${slot}.7`, generation: 7 } }),
    };
    const refused = cloud.provider(server, images.newest, { ...means, journal: memoryJournal() }, wrong);
    const id = { id: `demo.${slot}.7/1`, sequence: 1 };
    const error = await failureOf(refused.create(id, other));
    expect(error).toMatchObject({ code: 'PROVIDER_KEY_REFUSED', retryable: false });
    expect(error.message).not.toContain(wrong);
  });

  it('leaves what has a name of ours to whoever made it', async () => {
    const taken = `demo.${slot}.9`;
    expect((await cloud.squat(server, taken)).status).toBe(200);
    const machine = newMachine({ identity: { ...identity, machineId: taken, generation: 9 } });
    await provider.create({ id: `${taken}/1`, sequence: 1 }, machine);
    expect(await provider.inspect(taken)).toMatchObject({
      state: 'absent',
      diskPresent: false,
      operation: { status: 'failed', error: { code: 'CONFLICT' } },
    });
  });

  it('destroys once when the answer is lost, and leaves nothing', async () => {
    const before = asked(cloud.changes.destroy);
    expect(await afterLostAnswer('destroy')).toMatchObject({ state: 'absent', diskPresent: false });
    expect(asked(cloud.changes.destroy) - before).toBe(1);
    // Fly has taken the removal of the volume; that it happens is Fly's.
    await expect.poll(() => host.countMachines(machineId), { timeout: 20_000 }).toBe(0);
  });
});
