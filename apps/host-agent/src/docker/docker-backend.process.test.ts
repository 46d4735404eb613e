import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answering,
  ended,
  eventually,
  facts,
  makePlace,
  startHost,
  type HostProcess,
  type Place,
} from '../../test/host-process.ts';
import { action, BOOTSTRAP_TOKEN, order } from '../../test/orders.ts';
import { backendSuite } from '../backend/backend-suite.ts';
import { HOST_LABEL, machineName } from '../core/container-spec.ts';

const wanted = process.env['FETTLE_DOCKER'] === '1';
const docker = new Docker();

if (!wanted) {
  process.stderr.write(
    '\n*** SKIPPED: the Docker backend was NOT tested (FETTLE_DOCKER=1 runs these tests) ***\n\n',
  );
}

describe.runIf(wanted)('with a Docker Engine', () => {
  backendSuite({
    backend: 'docker',
    async lose(place, machineId) {
      await container(place, machineId).remove({ force: true });
    },
    async freeze(place, machineId) {
      process.kill(await nodePid(place, machineId), 'SIGSTOP');
    },
    async kill(place, machineId) {
      await container(place, machineId).kill({ signal: 'SIGKILL' });
    },
    async countOwned({ hostId }) {
      const filters = { label: [`${HOST_LABEL}=${hostId}`] };
      const [containers, { Volumes }, networks] = await Promise.all([
        docker.listContainers({ all: true, filters }),
        docker.listVolumes({ filters }),
        docker.listNetworks({ filters }),
      ]);
      return containers.length + Volumes.length + networks.length;
    },
  });
  dockerOnly();
});

function container(place: Place, machineId: string): Docker.Container {
  return docker.getContainer(machineName(place.hostId, machineId));
}

/** The pid, on this computer, of the program below the container's init. */
async function nodePid(place: Place, machineId: string): Promise<number> {
  const { State } = await container(place, machineId).inspect();
  const children = await readFile(`/proc/${State.Pid}/task/${State.Pid}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}

function dockerOnly(): void {
  describe('a container of the docker backend', { timeout: 180_000 }, () => {
    let place: Place;
    let host: HostProcess;
    const machineId = 'demo.locked.1';

    beforeAll(async () => {
      place = await makePlace();
      host = await startHost({ place, backend: 'docker' });
      const inspection = await ended(
        host,
        machineId,
        await host.client.machines.create(order({ slot: 'locked' })),
      );
      expect(inspection.operation).toMatchObject({ status: 'done', error: null });
      await answering(host, machineId);
    }, 300_000);
    afterAll(async () => {
      await host.end('SIGTERM');
      await place.clean();
    }, 120_000);

    it('has its limits and no privilege', async () => {
      const { HostConfig, Config } = await container(place, machineId).inspect();
      expect(HostConfig).toMatchObject({
        Memory: 192 * 1024 ** 2,
        MemorySwap: 192 * 1024 ** 2,
        NanoCpus: 5e8,
        PidsLimit: 64,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Privileged: false,
        ReadonlyRootfs: true,
        RestartPolicy: { Name: 'no' },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
      });
      expect(Config.User).toBe('1000:1000');
      expect(HostConfig.Binds ?? []).toEqual([]);
      const status = await host.client.machines.exec({
        machineId,
        command: ['cat', '/proc/self/status'],
        timeoutMs: 5_000,
      });
      expect(status.stdout).toMatch(/^CapBnd:\s0+$/m);
      expect(status.stdout).toMatch(/^NoNewPrivs:\s1$/m);
      expect((await facts(host, machineId)).uid).toBe(1000);
    });

    it('cannot start more processes than its limit', async () => {
      const command = ['sh', '-c', 'i=0; while [ $i -lt 200 ]; do sleep 5 & i=$((i+1)); done; wait'];
      const { stderr, exitCode } = await host.client.machines.exec({ machineId, command, timeoutMs: 20_000 });
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/fork/i);
      // The processes of that command end by themselves and make room again.
      await eventually(
        () => host.client.machines.exec({ machineId, command: ['node', '-e', ''], timeoutMs: 5_000 }),
        (result) => result.exitCode === 0,
      );
    });

    it('is published on loopback only', async () => {
      const { NetworkSettings } = await container(place, machineId).inspect();
      const bindings = Object.values(NetworkSettings.Ports).flat();
      expect(bindings).toHaveLength(3);
      expect(bindings.map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
    });

    it('shows no token to whoever inspects it', async () => {
      const first = await host.client.machines.exec({
        machineId,
        command: ['cat', '/proc/1/environ', '/proc/1/cmdline', '/machine/fettle/machine.json'],
        timeoutMs: 15_000,
      });
      expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('HOME=/machine/home') });
      const seen = JSON.stringify([
        await container(place, machineId).inspect(),
        (await facts(host, machineId)).env,
        first.stdout,
      ]);
      expect(seen).not.toContain(BOOTSTRAP_TOKEN);
    });

    it('reaches the gateway, and its neighbours not', async () => {
      const exec = (program: string) =>
        host.client.machines.exec({ machineId, command: ['node', '-e', program], timeoutMs: 15_000 });
      const gateway = await exec(
        `fetch('${host.ready.gatewayUrl}/nothing').then((r) => console.log(r.status))`,
      );
      expect(gateway).toMatchObject({ stdout: '404\n', exitCode: 0 });

      const neighbour = 'demo.neighbour.1';
      await ended(host, neighbour, await host.client.machines.create(order({ slot: 'neighbour' })));
      await answering(host, neighbour);
      const { NetworkSettings } = await container(place, neighbour).inspect();
      const [address] = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
      const blocked = await exec(
        `fetch('http://${address}:8080/facts', { signal: AbortSignal.timeout(3000) }).then(() => console.log('open'), () => console.log('shut'))`,
      );
      expect(blocked.stdout).toBe('shut\n');
    });

    it('is found paused, and restarted from there', async () => {
      await container(place, machineId).pause();
      expect(await host.client.machines.inspect({ machineId })).toMatchObject({ state: 'paused' });
      const restart = await host.client.machines.restart({ machineId, action: action(machineId, 2) });
      expect(await ended(host, machineId, restart)).toMatchObject({
        state: 'running',
        operation: { status: 'done' },
      });
      await answering(host, machineId);
    });

    it('is seen when it was killed for its memory', async () => {
      const hog = 'demo.hog.1';
      const request = order({ slot: 'hog', limits: { memoryMb: 96, cpus: 0.5, pids: 64 } });
      await ended(host, hog, await host.client.machines.create(request));
      await answering(host, hog);
      await host.fetchMachine(hog, 'web', '/hog');
      const inspection = await eventually(
        () => host.client.machines.inspect({ machineId: hog }),
        ({ state }) => state === 'stopped',
      );
      expect(inspection).toMatchObject({ memoryKilled: true, exitCode: 137 });
    });

    it('can be copied after its container was removed', async () => {
      const lost = 'demo.lost.1';
      await ended(host, lost, await host.client.machines.create(order({ slot: 'lost' })));
      await answering(host, lost);
      await host.fetchMachine(lost, 'web', '/write?name=note.txt&text=salvaged');
      await container(place, lost).remove({ force: true });
      expect(await host.client.machines.inspect({ machineId: lost })).toMatchObject({
        state: 'absent',
        diskPresent: true,
      });
      const copy = await host.client.machines.copy({ machineId: lost, action: action(lost, 2) });
      const { lastCopy, operation } = await ended(host, lost, copy);
      expect(operation).toMatchObject({ status: 'done' });

      const heir = 'demo.lost.2';
      const request = order({ slot: 'lost', generation: 2, restoreCopyId: lastCopy!.copyId });
      await ended(host, heir, await host.client.machines.create(request));
      await answering(host, heir);
      const note = await host.client.machines.exec({
        machineId: heir,
        command: ['cat', 'data/note.txt'],
        timeoutMs: 5_000,
      });
      expect(note.stdout).toBe('salvaged');
    });

    it('is never mistaken for a container of somebody else', async () => {
      const foreign = 'demo.foreign.1';
      const Image = (await host.client.host.info()).image;
      const other = await docker.createContainer({
        name: machineName(place.hostId, foreign),
        Image,
        Cmd: ['sleep', '1000'],
        Labels: { [HOST_LABEL]: 'somebody-else' },
      });
      try {
        await other.start();
        const created = await host.client.machines.create(order({ slot: 'foreign' }));
        const { operation, state } = await ended(host, foreign, created);
        expect(operation).toMatchObject({ status: 'failed', error: { code: 'CONFLICT' } });
        expect(state).toBe('absent');
        for (const [sequence, verb] of [
          [2, 'stop'],
          [3, 'restart'],
          [4, 'destroy'],
        ] as const) {
          const begun = await host.client.machines[verb]({
            machineId: foreign,
            action: action(foreign, sequence),
          });
          await ended(host, foreign, begun);
        }
        const logs = await host.client.machines.logs({ machineId: foreign, tail: 10 });
        expect(logs).toEqual([]);
        expect((await other.inspect()).State.Running).toBe(true);
      } finally {
        await other.remove({ force: true });
      }
    });

    it('is found by a second start although the first host-agent left no goodbye', async () => {
      const image = (await host.client.host.info()).image;
      await host.end('SIGKILL');
      host = await startHost({ place, backend: 'docker' });
      expect((await host.client.host.info()).image).toBe(image);
      expect(await host.client.machines.inspect({ machineId })).toMatchObject({ state: 'running' });
    });
  });
}
