import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../apps/daemon/test/test-control-plane.ts';
import {
  BOOTSTRAP_TOKEN,
  COMMAND_KEYS,
  MACHINE_TOKEN,
  RENEWAL_TOKEN,
} from '../apps/daemon/test/test-credentials.ts';
import { makeTestWorld, type TestWorld } from '../apps/daemon/test/test-repositories.ts';
import {
  ended,
  eventually,
  makePlace,
  startHost,
  type HostProcess,
  type Place,
} from '../apps/host-agent/test/host-process.ts';
import { order } from '../apps/host-agent/test/orders.ts';
import { machineName } from '../apps/host-agent/src/core/container-spec.ts';

const hasDocker = process.env.FETTLE_DOCKER === '1';
if (!hasDocker)
  console.warn('!! where a container keeps its credentials is not tested: FETTLE_DOCKER is not 1 !!');

const run = promisify(execFile);

/** Prints, as JSON, what each process of the container was started with. Fails where it may not see one. */
const LOOK_AT_PROCESSES = `
  const { readdirSync, readFileSync } = require('node:fs');
  const seen = readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => {
    const read = (file) => readFileSync('/proc/' + pid + '/' + file, 'utf8').split('\\0');
    return { command: read('cmdline'), environment: read('environ') };
  });
  console.log(JSON.stringify(seen));
`;

describe.runIf(hasDocker)('a container with the real runtime', { timeout: 180_000 }, () => {
  const machineId = 'demo.real.1';
  let world: TestWorld;
  let plane: TestControlPlane;
  let place: Place;
  let host: HostProcess;

  beforeAll(async () => {
    [world, plane, place] = await Promise.all([
      makeTestWorld(),
      startTestControlPlane({ reportEveryMs: 500 }),
      makePlace(),
    ]);
    await cp((await world.repositories()).dir, place.repos, { recursive: true });
    const imageDir = dirname(world.runtime);
    host = await startHost({ place, backend: 'docker', controlUrl: plane.url, imageDir });
  }, 180_000);
  afterAll(async () => {
    await host?.end('SIGTERM');
    await place?.clean();
    await plane?.goAway();
    await world?.remove();
  }, 120_000);

  test('has its credentials on the disk and in memory: no token is where others look', async () => {
    const created = await host.client.machines.create(
      order({
        slot: 'real',
        bootstrap: BOOTSTRAP_TOKEN,
        commandKeys: [COMMAND_KEYS.publicKey],
        limits: { memoryMb: 384, cpus: 2, pids: 128 },
      }),
    );
    expect((await ended(host, machineId, created)).operation).toMatchObject({ status: 'done' });
    await eventually(
      async () => plane.reports.at(-1)?.services.find(({ name }) => name === 'web')?.health,
      (health) => health === 'healthy',
    );
    const container = machineName(place.hostId, machineId);
    const inMachine = (...command: string[]) =>
      host.client.machines.exec({ machineId, command, timeoutMs: 15_000 });
    const looked = await inMachine('node', '-e', LOOK_AT_PROCESSES);
    expect(looked).toMatchObject({ exitCode: 0 });
    const processes = JSON.parse(looked.stdout) as { command: string[]; environment: string[] }[];
    const commands = processes.map(({ command }) => command.join(' '));
    for (const part of ['runtime.cjs boot', 'daemon.cjs', 'server.mjs'])
      expect(commands).toContainEqual(expect.stringContaining(part));
    const own = processes.filter(({ environment }) => environment.includes(`FETTLE_MACHINE_ID=${machineId}`));
    expect(own.length).toBeGreaterThanOrEqual(2);

    const [inspected, output] = await Promise.all([
      run('docker', ['inspect', container]),
      run('docker', ['logs', container]),
    ]);
    const spec = await inMachine('cat', '/machine/fettle/machine.json');
    const shown = JSON.stringify([
      inspected.stdout,
      processes,
      output,
      spec.stdout,
      await host.client.machines.logs({ machineId, tail: 1000 }),
    ]);
    expect(plane.credentials.asked[0]).toBe('bootstrap');
    for (const token of [BOOTSTRAP_TOKEN, RENEWAL_TOKEN, MACHINE_TOKEN]) expect(shown).not.toContain(token);

    const kept = await inMachine(
      'sh',
      '-c',
      'stat -c "%a %n" /machine/fettle/* && cat /machine/fettle/credentials.json',
    );
    expect(kept.stdout).toContain(RENEWAL_TOKEN);
    expect(kept.stdout).toContain('600 /machine/fettle/credentials.json');
    expect(kept.stdout).not.toContain('bootstrap.json');
  });
});
