import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostBackend } from '@fettle/contract/host-agent';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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
import { action, COMMAND_TOKEN, MACHINE_TOKEN, order } from '../../test/orders.ts';

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

/** What every backend promises, tried on a real host-agent with real machines. */
export function backendSuite({ backend, lose, freeze, kill, countOwned }: BackendHands): void {
  describe(`the ${backend} backend`, { timeout: 180_000 }, () => {
    let place: Place;
    let host: HostProcess;
    let next = 0;

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

    const slot = () => `slot-${(next += 1)}`;

    /** Creates a machine of its own for one test and waits until it answers. */
    async function running(overrides: Parameters<typeof order>[0] = {}): Promise<string> {
      const request = order({ slot: slot(), ...overrides });
      const { machineId } = request.identity;
      const inspection = await ended(host, machineId, await host.client.machines.create(request));
      expect(inspection.operation).toMatchObject({ status: 'done', error: null });
      await answering(host, machineId);
      return machineId;
    }

    async function act(
      verb: 'start' | 'stop' | 'restart' | 'destroy' | 'copy',
      machineId: string,
      sequence: number,
    ) {
      return ended(
        host,
        machineId,
        await host.client.machines[verb]({ machineId, action: action(machineId, sequence) }),
      );
    }

    it('tells what it is', async () => {
      const info = await host.client.host.info();
      expect(info).toMatchObject({ hostId: place.hostId, backend, pid: host.child.pid });
      expect(info.image).toMatch(/^sha256:[0-9a-f]{64}$/);
    });

    it('gives machines that are created at the same time ways of their own', async () => {
      const ids = await Promise.all([running(), running(), running()]);
      const answers = await Promise.all(
        ids.map((machineId) => host.fetchMachine(machineId, 'web', '/facts')),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    });

    it('creates, stops, starts, restarts and destroys a machine', async () => {
      const machineId = await running();
      const first = await host.client.machines.inspect({ machineId });
      expect(first).toMatchObject({
        state: 'running',
        diskPresent: true,
        memoryKilled: false,
        exitCode: null,
      });
      expect(first.image).toBe((await host.client.host.info()).image);

      expect(await act('stop', machineId, 2)).toMatchObject({ state: 'stopped', diskPresent: true });
      expect((await host.fetchMachine(machineId, 'web', '/facts')).status).toBe(502);

      expect(await act('start', machineId, 3)).toMatchObject({ state: 'running' });
      await answering(host, machineId);

      const before = await host.client.machines.inspect({ machineId });
      const after = await act('restart', machineId, 4);
      expect(after).toMatchObject({ state: 'running', operation: { status: 'done' } });
      expect(after.startedAt).toBeGreaterThan(before.startedAt!);

      expect(await act('destroy', machineId, 5)).toMatchObject({
        state: 'absent',
        diskPresent: false,
        instanceId: null,
      });
      expect((await host.client.machines.list()).map((machine) => machine.machineId)).not.toContain(
        machineId,
      );
    });

    it('finds a machine that nobody created absent', async () => {
      expect(await host.client.machines.inspect({ machineId: 'demo.nobody.1' })).toMatchObject({
        state: 'absent',
        operation: null,
        diskPresent: false,
      });
      const failed = await act('start', 'demo.nobody.1', 1);
      expect(failed.operation).toMatchObject({ status: 'failed', error: { code: 'MACHINE_NOT_FOUND' } });
    });

    it('gives a machine its specification and its secrets, which are in no environment', async () => {
      const machineId = await running();
      const { secret, env, spec } = await facts(host, machineId);
      expect(secret).toEqual({
        mode: 0o400,
        content: { machineToken: MACHINE_TOKEN, commandToken: COMMAND_TOKEN },
      });
      expect(JSON.stringify(env)).not.toContain(MACHINE_TOKEN);
      expect(JSON.stringify(env)).not.toContain(COMMAND_TOKEN);
      expect(Object.keys(spec.ports).toSorted()).toEqual(['daemon', 'pidnap', 'web']);
      expect(spec.controlUrl).toBe(`${host.ready.gatewayUrl}/control`);
    });

    it('does a repeated action once and answers with what became of it', async () => {
      const machineId = await running();
      const again = { machineId, action: action(machineId, 2) };
      const [one, two] = await Promise.all([
        host.client.machines.restart(again),
        host.client.machines.restart(again),
      ]);
      expect(one.action).toEqual(two.action);
      await ended(host, machineId, one);
      await answering(host, machineId);
      const third = await host.client.machines.restart(again);
      expect(third.status).toBe('done');
      const boots = await host.client.machines.exec({
        machineId,
        command: ['cat', 'data/boots.txt'],
        timeoutMs: 5_000,
      });
      expect(boots.stdout.trim().split('\n')).toHaveLength(2);
    });

    it('refuses an action that is older than one it has accepted', async () => {
      const machineId = await running();
      await act('stop', machineId, 7);
      const stale = host.client.machines.start({ machineId, action: action(machineId, 6) });
      await expect(stale).rejects.toMatchObject({ code: 'STALE_ACTION', status: 409, defined: true });
      expect(await host.client.machines.inspect({ machineId })).toMatchObject({ state: 'stopped' });
    });

    it('refuses to create what is there already, and leaves it alone', async () => {
      const machineId = await running({ slot: 'twice' });
      const pid = (await facts(host, machineId)).pid;
      const second = await host.client.machines.create(order({ slot: 'twice', sequence: 2 }));
      const { operation } = await ended(host, machineId, second);
      expect(operation).toMatchObject({ status: 'failed', error: { code: 'CONFLICT' } });
      expect((await facts(host, machineId)).pid).toBe(pid);
    });

    it('runs a command, with its output, its exit code and a deadline', async () => {
      const machineId = await running();
      const exec = (command: string[], timeoutMs = 10_000) =>
        host.client.machines.exec({ machineId, command, timeoutMs });
      expect(await exec(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
        exitCode: 3,
        stdout: 'out\n',
        stderr: 'err\n',
        timedOut: false,
      });
      expect(await exec(['sh', '-c', 'head -c 200000 /dev/zero'])).toMatchObject({ exitCode: 0 });
      expect((await exec(['sh', '-c', 'head -c 200000 /dev/zero'])).stdout).toHaveLength(65_536);
      const slow = await exec(['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], 700);
      expect(slow).toMatchObject({ timedOut: true, exitCode: null });
      await act('stop', machineId, 2);
      await expect(exec(['true'])).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    it("shows the machine's own output", async () => {
      const machineId = await running();
      expect(await host.client.machines.logs({ machineId, tail: 1 })).toEqual([`booted ${machineId}`]);
    });

    it('sees a machine that ended by itself as stopped, with its exit code', async () => {
      const machineId = await running();
      await host.fetchMachine(machineId, 'web', '/exit?code=42');
      const inspection = await eventually(
        () => host.client.machines.inspect({ machineId }),
        ({ state, exitCode }) => state === 'stopped' && exitCode !== null,
      );
      expect(inspection).toMatchObject({ exitCode: 42, diskPresent: true, memoryKilled: false });
    });

    it('restarts a machine whose main process is frozen or deaf', async () => {
      const machineId = await running();
      await host.fetchMachine(machineId, 'web', '/deaf');
      await freeze(place, machineId);
      const inspection = await act('restart', machineId, 2);
      expect(inspection).toMatchObject({ state: 'running', operation: { status: 'done' } });
      await answering(host, machineId);
    });

    it('sees a machine that was removed behind its back as absent', async () => {
      const machineId = await running();
      await lose(place, machineId);
      expect(await host.client.machines.inspect({ machineId })).toMatchObject({
        state: 'absent',
        instanceId: null,
      });
      const { operation } = await act('restart', machineId, 2);
      expect(operation).toMatchObject({ status: 'failed', error: { code: 'MACHINE_NOT_FOUND' } });
    });

    it('copies data and restores it into another machine', async () => {
      const machineId = await running();
      await host.fetchMachine(machineId, 'web', '/write?name=note.txt&text=precious');
      await act('stop', machineId, 2);
      const { operation, lastCopy } = await act('copy', machineId, 3);
      expect(operation).toMatchObject({ status: 'done' });
      expect(lastCopy).toMatchObject({ machineId });
      await act('destroy', machineId, 4);
      expect(await host.client.machines.copies({ machineId })).toEqual([lastCopy]);

      const heir = await running({ generation: 2, restoreCopyId: lastCopy!.copyId });
      const note = await host.client.machines.exec({
        machineId: heir,
        command: ['cat', 'data/note.txt'],
        timeoutMs: 5_000,
      });
      expect(note.stdout).toBe('precious');
      await host.fetchMachine(heir, 'web', '/write?name=note.txt&text=changed');
    });

    it('makes nothing from a copy that does not match its checksum', async () => {
      const machineId = await running();
      const { lastCopy } = await act('copy', machineId, 2);
      const archive = join(place.state, 'copies', machineId, `${lastCopy!.copyId}.tar.gz`);
      await truncate(archive, (await readFile(archive)).length - 1);
      const request = order({ slot: slot(), restoreCopyId: lastCopy!.copyId });
      const heir = request.identity.machineId;
      const { operation, state } = await ended(host, heir, await host.client.machines.create(request));
      expect(operation).toMatchObject({ status: 'failed', error: { code: 'COPY_CORRUPT' } });
      expect(state).toBe('absent');
      expect((await host.client.machines.list()).map((machine) => machine.machineId)).not.toContain(heir);
    });

    it('keeps the five newest copies', async () => {
      const machineId = await running();
      for (let sequence = 2; sequence <= 8; sequence += 1) await act('copy', machineId, sequence);
      const copies = await host.client.machines.copies({ machineId });
      expect(copies.map(({ copyId }) => copyId)).toEqual(
        [8, 7, 6, 5, 4].map((sequence) => `${machineId}.${sequence}`),
      );
    });

    it('finds its machines again after it was killed', async () => {
      const machineId = await running();
      const before = await host.client.machines.inspect({ machineId });
      const { pid } = await facts(host, machineId);
      await host.end('SIGKILL');
      host = await startHost({ place, backend });
      const after = await host.client.machines.inspect({ machineId });
      expect(after).toMatchObject({
        state: 'running',
        instanceId: before.instanceId,
        startedAt: before.startedAt,
      });
      expect((await facts(host, machineId)).pid).toBe(pid);
      expect(await act('stop', machineId, 2)).toMatchObject({ state: 'stopped' });
    });

    it('parks its machines at its own stop and brings them back as they were', async () => {
      const machineId = await running();
      const resting = await running();
      await act('stop', resting, 2);
      await host.fetchMachine(machineId, 'web', '/write?name=kept.txt&text=still-here');
      await host.end('SIGTERM');
      host = await startHost({ place, backend });
      await eventually(
        () => host.client.machines.inspect({ machineId }),
        ({ state }) => state === 'running',
      );
      await answering(host, machineId);
      const kept = await host.client.machines.exec({
        machineId,
        command: ['cat', 'data/kept.txt'],
        timeoutMs: 5_000,
      });
      expect(kept.stdout).toBe('still-here');
      const stopped = await eventually(
        () => host.client.machines.inspect({ machineId: resting }),
        ({ state }) => state !== 'starting',
      );
      expect(stopped).toMatchObject({ state: 'stopped', diskPresent: true });
      expect(await act('start', resting, 3)).toMatchObject({ state: 'running' });
    });

    it('keeps a machine that was killed by a signal stopped, for the control plane to decide', async () => {
      const machineId = await running();
      await kill(place, machineId);
      const inspection = await eventually(
        () => host.client.machines.inspect({ machineId }),
        ({ state, exitCode }) => state === 'stopped' && exitCode !== null,
      );
      expect(inspection.exitCode).toBe(137);
    });

    it('settles a create that a crash interrupted', async () => {
      const request = order({ slot: slot() });
      const { machineId } = request.identity;
      await host.client.machines.create(request);
      await host.end('SIGKILL');
      host = await startHost({ place, backend });
      const { operation, state } = await host.client.machines.inspect({ machineId });
      expect(operation!.status).not.toBe('running');
      // Whichever moment the crash hit: all of the machine is there, or nothing of it.
      if (operation!.status === 'done') await answering(host, machineId);
      else expect(state).toBe('absent');
    });
  });
}
