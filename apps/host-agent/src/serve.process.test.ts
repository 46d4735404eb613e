import { readFile, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answering,
  ended,
  eventually,
  facts,
  makePlace,
  startHost,
  type HostProcess,
  type Place,
} from '../test/host-process.ts';
import { action, order } from '../test/orders.ts';
import { readProcesses } from './process/process-table.ts';

let place: Place;
const hosts: HostProcess[] = [];

beforeEach(async () => {
  place = await makePlace();
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.end('SIGTERM');
  await place.clean();
});

async function start(options: Partial<Parameters<typeof startHost>[0]> = {}): Promise<HostProcess> {
  const host = await startHost({ place, backend: 'process', ...options });
  hosts.push(host);
  return host;
}

async function create(host: HostProcess, slot = 'web-1'): Promise<string> {
  const request = order({ slot });
  await ended(host, request.identity.machineId, await host.client.machines.create(request));
  await answering(host, request.identity.machineId);
  return request.identity.machineId;
}

const owned = async () => (await readProcesses(place.hostId)).filter(({ machineId }) => machineId !== null);

describe('a host-agent', () => {
  it('parks its machines when whoever started it goes away', async () => {
    const host = await start({ exitWithStdin: true });
    const machineId = await create(host);
    const gone = once(host.child, 'exit');
    host.child.stdin!.end();
    expect(await gone).toEqual([0, null]);
    expect(await owned()).toEqual([]);

    const next = await start();
    await eventually(
      () => next.client.machines.inspect({ machineId }),
      ({ state }) => state === 'running',
    );
  });

  it('does not share its state with a second one, and takes it over from a dead one', async () => {
    const host = await start();
    await expect(start()).rejects.toThrow(`A host-agent with pid ${host.child.pid} uses this state folder`);
    await host.end('SIGKILL');
    await start();
  });

  it('stays with the backend of its first start', async () => {
    await (await start()).end('SIGTERM');
    await expect(start({ backend: 'docker' })).rejects.toThrow('belongs to the process backend');
  });

  it('refuses a token that is too short to protect anything', async () => {
    await writeFile(join(place.root, 'token'), 'short\n');
    await expect(start()).rejects.toThrow('does not hold one or two lines of at least 16 characters');
  });

  it('keeps the address that machines know over its restarts', async () => {
    const host = await start();
    const { gatewayUrl } = host.ready;
    await host.end('SIGKILL');
    expect((await start()).ready.gatewayUrl).toBe(gatewayUrl);
  });

  it('settles what it was doing when it died', async () => {
    const host = await start();
    const machineId = await create(host);
    await host.fetchMachine(machineId, 'web', '/deaf');
    const begun = await host.client.machines.restart({ machineId, action: action(machineId, 2) });
    expect(begun.status).toBe('running');
    await host.end('SIGKILL');

    const next = await start();
    const { operation } = await next.client.machines.inspect({ machineId });
    expect(operation).toMatchObject({
      action: { sequence: 2 },
      status: 'failed',
      error: { code: 'PROVIDER_FAILED' },
    });
    const repeated = await next.client.machines.restart({ machineId, action: action(machineId, 2) });
    expect(repeated.status).toBe('failed');
  });

  it('ends services that left their supervisor and its session behind', async () => {
    const host = await start();
    const machineId = await create(host);
    const { pid } = (await (await host.fetchMachine(machineId, 'web', '/orphan')).json()) as { pid: number };
    process.kill((await facts(host, machineId)).pid, 'SIGKILL');
    await eventually(
      () => host.client.machines.inspect({ machineId }),
      ({ state }) => state === 'stopped',
    );
    expect((await owned()).map((entry) => entry.pid)).toEqual([pid]);

    const begun = await host.client.machines.start({ machineId, action: action(machineId, 2) });
    await ended(host, machineId, begun);
    await answering(host, machineId);
    expect((await owned()).map((entry) => entry.pid)).not.toContain(pid);
  });

  it('gives every machine ports of its own, also to those that do not run', async () => {
    const host = await start();
    const first = await create(host);
    await ended(host, first, await host.client.machines.stop({ machineId: first, action: action(first, 2) }));
    const ports = async (machineId: string) => {
      const record = await readFile(join(place.state, 'machines', machineId, 'record.json'), 'utf8');
      return Object.values((JSON.parse(record) as { ports: Record<string, number> }).ports);
    };
    const second = await create(host, 'web-2');
    const all = [...(await ports(first)), ...(await ports(second))];
    expect(new Set(all).size).toBe(6);
  });

  it('lets nothing of its own environment into a machine', async () => {
    process.env['FETTLE_TEST_SECRET'] = 'do-not-pass-on';
    try {
      const host = await start();
      const { env } = await facts(host, await create(host));
      expect(Object.keys(env).toSorted()).toEqual([
        'FETTLE_HOST_ID',
        'FETTLE_MACHINE_ID',
        'HOME',
        'LANG',
        'NODE_COMPILE_CACHE',
        'PATH',
        'PIDNAP_BOOT_ID',
        'TMPDIR',
      ]);
    } finally {
      delete process.env['FETTLE_TEST_SECRET'];
    }
  });
});
