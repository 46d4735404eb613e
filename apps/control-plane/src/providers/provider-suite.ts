/** What every provider of machines promises, as one suite: a new provider is right when it passes. */
import { type ActionRef, errorCatalogue, type Inspection } from '@fettle/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MachineProvider, type NewMachine, ProviderError } from './machine-provider.ts';

/** A provider with what the suite needs besides its verbs. */
export type ProviderUnderTest = {
  provider: MachineProvider;
  /** The same provider, whose host is out of reach. */
  outOfReach: MachineProvider;
  /** A service of the test machines, and a path that it answers with 200. */
  service: { name: string; path: string };
  /** Damages a copy where it is stored, behind the provider's back. */
  corruptCopy(machineId: string, copyId: string): Promise<void>;
  /** Versions that a machine can be created with. */
  versions: NewMachine['versions'];
  /** How long any operation may take. */
  patienceMs: number;
  close(): Promise<void>;
};

/** An action of a machine. */
export function actionOf(machineId: string, sequence: number): ActionRef {
  return { id: `${machineId}/${sequence}`, sequence };
}

/** Runs the suite. `open` is called once; every test makes machines of its own. */
export function providerSuite(name: string, open: () => Promise<ProviderUnderTest>): void {
  describe(`${name} as a provider`, () => {
    let test: ProviderUnderTest;
    let machines = 0;
    const made: string[] = [];

    beforeAll(async () => {
      test = await open();
    }, 300_000);
    afterAll(async () => {
      for (const machineId of made) {
        const { operation } = await test.provider.inspect(machineId);
        await test.provider.destroy(actionOf(machineId, (operation?.action.sequence ?? 0) + 1), machineId);
      }
      await test.close();
    }, 120_000);

    function order(overrides: Partial<NewMachine> & { generation?: number; slot?: string } = {}): NewMachine {
      const { generation = 1, slot = `suite-${(machines += 1)}`, ...rest } = overrides;
      const machineId = `demo.${slot}.${generation}`;
      const identity = {
        machineId,
        organization: 'acme',
        project: 'demo',
        slot,
        generation,
        type: 'local-docker',
      } as const;
      made.push(machineId);
      return {
        identity,
        services: [
          {
            name: test.service.name,
            command: ['node', 'server.mjs'],
            port: 8080,
            healthPath: '/healthz',
            restartBudget: { maxRestarts: 5, withinMs: 60_000 },
          },
        ],
        limits: { memoryMb: 256, cpus: 1, pids: 128 },
        versions: test.versions,
        credentials: { machineToken: 'machine-token-of-suite', commandToken: 'command-token-of-suite' },
        image: null,
        regions: [],
        onNoCapacity: 'next-region',
        restoreCopyId: null,
        ...rest,
      };
    }

    async function until(machineId: string, fits: (inspection: Inspection) => boolean): Promise<Inspection> {
      const limit = Date.now() + test.patienceMs;
      for (;;) {
        const inspection = await test.provider.inspect(machineId);
        if (fits(inspection)) return inspection;
        if (Date.now() > limit) throw new Error(`never came true; last: ${JSON.stringify(inspection)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }

    function ended(machineId: string, sequence: number): Promise<Inspection> {
      return until(
        machineId,
        ({ operation }) => operation?.action.sequence === sequence && operation.status !== 'running',
      );
    }

    async function created(overrides: Parameters<typeof order>[0] = {}): Promise<string> {
      const machine = order(overrides);
      const { machineId } = machine.identity;
      await test.provider.create(actionOf(machineId, 1), machine);
      expect(await ended(machineId, 1)).toMatchObject({ operation: { status: 'done', error: null } });
      return machineId;
    }

    async function act(
      verb: 'start' | 'stop' | 'restart' | 'destroy' | 'copy',
      machineId: string,
      n: number,
    ) {
      await test.provider[verb](actionOf(machineId, n), machineId);
      return ended(machineId, n);
    }

    async function failure(work: Promise<unknown>): Promise<ProviderError> {
      try {
        await work;
      } catch (error) {
        expect(error).toBeInstanceOf(ProviderError);
        return error as ProviderError;
      }
      throw new Error('was expected to be refused');
    }

    it('leads a machine through its whole life', async () => {
      const { provider } = test;
      const machineId = await created();
      expect(await provider.inspect(machineId)).toMatchObject({
        machineId,
        state: 'running',
        diskPresent: true,
      });
      expect(await act('stop', machineId, 2)).toMatchObject({ state: 'stopped', diskPresent: true });
      expect(await act('start', machineId, 3)).toMatchObject({ state: 'running' });
      const before = await provider.inspect(machineId);
      const after = await act('restart', machineId, 4);
      expect(after).toMatchObject({ state: 'running' });
      expect(after.instanceId).not.toBeNull();
      expect(after.startedAt).toBeGreaterThanOrEqual(before.startedAt ?? 0);
      expect(await act('copy', machineId, 5)).toMatchObject({
        operation: { status: 'done' },
        lastCopy: { machineId },
      });
      expect(await act('destroy', machineId, 6)).toMatchObject({
        state: 'absent',
        diskPresent: false,
        instanceId: null,
        lastCopy: { machineId },
      });
    });

    it('finds a machine that it never heard of absent', async () => {
      expect(await test.provider.inspect('demo.never-made.1')).toMatchObject({
        state: 'absent',
        diskPresent: false,
        operation: null,
        lastCopy: null,
      });
    });

    it('carries an action out once, however often it is asked', async () => {
      const { provider } = test;
      const machineId = await created();
      const again = actionOf(machineId, 2);
      await Promise.all([provider.restart(again, machineId), provider.restart(again, machineId)]);
      const first = await ended(machineId, 2);
      await provider.restart(again, machineId);
      const second = await ended(machineId, 2);
      expect(second.instanceId).toBe(first.instanceId);
      expect(second.startedAt).toBe(first.startedAt);
      expect(second.operation).toEqual(first.operation);
    });

    it('refuses an action that is older than one that it took', async () => {
      const machineId = await created();
      await act('stop', machineId, 7);
      const error = await failure(test.provider.start(actionOf(machineId, 6), machineId));
      expect(error).toMatchObject({ code: 'STALE_ACTION', retryable: false });
      expect(await test.provider.inspect(machineId)).toMatchObject({ state: 'stopped' });
    });

    it('remembers actions longer than the machine lives', async () => {
      const machineId = await created();
      await act('destroy', machineId, 5);
      const error = await failure(test.provider.start(actionOf(machineId, 4), machineId));
      expect(error.code).toBe('STALE_ACTION');
    });

    it('refuses an id that was used for something else, and an id of another machine', async () => {
      const machineId = await created();
      await act('stop', machineId, 2);
      expect((await failure(test.provider.start(actionOf(machineId, 2), machineId))).code).toBe('CONFLICT');
      const foreign = { id: 'demo.other.1/9', sequence: 9 };
      expect((await failure(test.provider.start(foreign, machineId))).code).toBe('BAD_REQUEST');
    });

    it('does not create over what is there', async () => {
      const machineId = await created({ slot: 'taken' });
      const before = await test.provider.inspect(machineId);
      await test.provider.create(actionOf(machineId, 2), order({ slot: 'taken' }));
      const after = await ended(machineId, 2);
      expect(after).toMatchObject({
        state: 'running',
        operation: { status: 'failed', error: { code: 'CONFLICT' } },
      });
      expect(after.instanceId).toBe(before.instanceId);
    });

    it('says in the operation why a machine that is not there cannot be started', async () => {
      expect(await act('start', 'demo.never-started.1', 1)).toMatchObject({
        state: 'absent',
        operation: { status: 'failed', error: { code: 'MACHINE_NOT_FOUND' } },
      });
    });

    it('runs commands, with their exit code and a deadline', async () => {
      const machineId = await created();
      const exec = (command: string[], timeoutMs = 5000) =>
        test.provider.exec(machineId, { command, timeoutMs });
      expect(await exec(['true'])).toMatchObject({ exitCode: 0, timedOut: false });
      expect(await exec(['sh', '-c', 'exit 3'])).toMatchObject({ exitCode: 3, timedOut: false });
      expect(await exec(['sleep', '30'], 300)).toMatchObject({ exitCode: null, timedOut: true });
      await act('stop', machineId, 2);
      expect((await failure(exec(['true']))).code).toBe('CONFLICT');
      expect(
        (await failure(test.provider.exec('demo.never-made.1', { command: ['true'], timeoutMs: 500 }))).code,
      ).toBe('MACHINE_NOT_FOUND');
    });

    it('leads to a port while the machine runs, and says that the machine is silent when it does not', async () => {
      const machineId = await created();
      const { name, path } = test.service;
      const ask = async (id = machineId, provider = test.provider) => {
        const connection = provider.connect(id, name);
        try {
          const response = await connection.fetch(new Request(`${connection.url}${path}`));
          await response.body?.cancel();
          return response.status;
        } catch (error) {
          expect(error).toBeInstanceOf(ProviderError);
          return (error as ProviderError).code;
        }
      };
      const limit = Date.now() + test.patienceMs;
      while ((await ask()) !== 200) {
        if (Date.now() > limit) throw new Error(`never answered; last: ${await ask()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await act('stop', machineId, 2);
      expect(await ask()).toBe('MACHINE_UNREACHABLE');
      expect(await ask('demo.never-made.1')).toBe('MACHINE_NOT_FOUND');
      expect(await ask(machineId, test.outOfReach)).toBe('HOST_UNREACHABLE');
    });

    it('brings the data of a copy into another machine, and only copies data', async () => {
      const machineId = await created({ slot: 'heir' });
      const write = (id: string, text: string) =>
        test.provider.exec(id, {
          command: ['sh', '-c', `printf %s ${text} > data/note.txt`],
          timeoutMs: 5000,
        });
      const read = (id: string) =>
        test.provider.exec(id, { command: ['cat', 'data/note.txt'], timeoutMs: 5000 });
      await write(machineId, 'precious');
      await act('stop', machineId, 2);
      const { lastCopy } = await act('copy', machineId, 3);
      expect(lastCopy?.sha256).toMatch(/^[0-9a-f]{64}$/);
      await act('start', machineId, 4);
      await write(machineId, 'later');

      const heir = await created({ slot: 'heir', generation: 2, restoreCopyId: lastCopy?.copyId ?? null });
      expect(await read(heir)).toMatchObject({ exitCode: 0, stdout: 'precious' });
      expect(await read(machineId)).toMatchObject({ exitCode: 0, stdout: 'later' });
    });

    it('makes nothing of a copy that is damaged or unknown', async () => {
      const machineId = await created({ slot: 'damaged' });
      const { lastCopy } = await act('copy', machineId, 2);
      await test.corruptCopy(machineId, lastCopy?.copyId ?? '');
      for (const [generation, copyId, code] of [
        [2, lastCopy?.copyId ?? null, 'COPY_CORRUPT'],
        [3, `${machineId}.99`, 'COPY_NOT_FOUND'],
      ] as const) {
        const machine = order({ slot: 'damaged', generation, restoreCopyId: copyId });
        const heir = machine.identity.machineId;
        await test.provider.create(actionOf(heir, 1), machine);
        expect(await ended(heir, 1)).toMatchObject({
          state: 'absent',
          diskPresent: false,
          operation: { status: 'failed', error: { code } },
        });
      }
    });

    it('tells a host that is out of reach from a machine that is gone', async () => {
      const { outOfReach } = test;
      const machineId = await created();
      for (const call of [
        () => outOfReach.inspect(machineId),
        () => outOfReach.exec(machineId, { command: ['true'], timeoutMs: 500 }),
        () => outOfReach.stop(actionOf(machineId, 2), machineId),
      ]) {
        const error = await failure(call());
        expect(error).toMatchObject({ code: 'HOST_UNREACHABLE', retryable: true });
        expect(errorCatalogue).toHaveProperty(error.code);
      }
      expect(await test.provider.inspect(machineId)).toMatchObject({ state: 'running' });
    });
  });
}
