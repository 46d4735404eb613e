import { expect, it } from 'vitest';
import { FAKE_IMAGES, FakeProvider, type FakeProviderOptions } from './fake-provider.ts';
import { ProviderError, type NewMachine } from './machine-provider.ts';
import { actionOf, providerSuite } from './provider-suite.ts';

for (const [name, options] of [
  ['a fake', {}],
  ['a fake with regions', { rooms: { north: 100, south: 0 } }],
] as const)
  providerSuite(name, async () => {
    const provider = new FakeProvider({ ...structuredClone(options), sleep: async () => undefined });
    const outOfReach = new FakeProvider();
    outOfReach.faults.add({ point: 'any', fault: { kind: 'out-of-reach' }, times: Infinity });
    return {
      provider,
      outOfReach,
      service: { name: 'web', path: '/healthz' },
      corruptCopies: (machineId) => provider.corruptCopies(machineId),
      versions: { platform: 'main', customer: 'main' },
      otherImage: FAKE_IMAGES[1],
      regions: { free: 'north', full: 'south' },
      loseNextAnswer: () => provider.faults.add({ point: 'any', fault: { kind: 'loses-answer' } }),
      countMachines: async (machineId) => (provider.machine(machineId) === null ? 0 : 1),
      patienceMs: 1000,
      close: async () => undefined,
    };
  });

const MACHINE = 'demo.web-1.1';

function order(): NewMachine {
  return {
    identity: {
      machineId: MACHINE,
      organization: 'acme',
      project: 'demo',
      slot: 'web-1',
      generation: 1,
      type: 'local-docker',
    },
    services: [
      {
        name: 'web',
        command: ['node', 'server.mjs'],
        port: 8080,
        healthPath: '/healthz',
        restartBudget: { maxRestarts: 5, withinMs: 60_000 },
      },
    ],
    limits: { memoryMb: 256, cpus: 1, pids: 128 },
    versions: { platform: 'main', customer: 'main' },
    bootstrap: 'bootstrap-token',
    commandKeys: ['k'.repeat(43)],
    image: null,
    regions: [],
    onNoCapacity: 'next-region',
    restoreCopyId: null,
  };
}

/** A fake whose clock and waiting are in the test's hands, with one running machine. */
async function running(options: FakeProviderOptions = {}) {
  const clock = { now: 1_700_000_000_000 };
  const slept: number[] = [];
  const provider = new FakeProvider({
    now: () => clock.now,
    sleep: async (ms) => void slept.push(ms),
    ...options,
  });
  await provider.create(actionOf(MACHINE, 1), order());
  clock.now += options.operationMs ?? 0;
  return { provider, clock, slept };
}

it('takes its time for an operation, and shows it under way', async () => {
  const { provider, clock } = await running({ operationMs: 1000 });
  await provider.stop(actionOf(MACHINE, 2), MACHINE);
  clock.now += 999;
  expect(await provider.inspect(MACHINE)).toMatchObject({
    state: 'stopping',
    operation: { status: 'running' },
  });
  clock.now += 1;
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'stopped', operation: { status: 'done' } });
});

it('does what it was asked although the answer is lost, and a repeat finds it done', async () => {
  const { provider } = await running();
  provider.faults.add({ point: 'restart', fault: { kind: 'loses-answer' } });
  const action = actionOf(MACHINE, 2);
  await expect(provider.restart(action, MACHINE)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  await provider.restart(action, MACHINE);
  expect(provider.machine(MACHINE)?.boots).toBe(2);
  expect(provider.operations(MACHINE)).toHaveLength(2);
});

it('does nothing when it refuses or is out of reach', async () => {
  const { provider } = await running();
  provider.faults.add({ point: 'stop', fault: { kind: 'refuses', code: 'DISK_FULL', message: 'no space' } });
  provider.faults.add({ point: 'stop', fault: { kind: 'out-of-reach' } });
  const stop = () => provider.stop(actionOf(MACHINE, 2), MACHINE);
  await expect(stop()).rejects.toMatchObject({ code: 'DISK_FULL', retryable: true });
  await expect(stop()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE', retryable: true });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'running', operation: { kind: 'create' } });
  await stop();
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'stopped' });
});

it('lies about a machine once, for one machine only', async () => {
  const { provider } = await running();
  provider.faults.add({
    point: 'inspect',
    machineId: MACHINE,
    fault: { kind: 'lies', about: { state: 'absent' } },
  });
  expect(await provider.inspect('demo.web-2.1')).toMatchObject({ machineId: 'demo.web-2.1' });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'absent', diskPresent: true });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'running' });
});

it('answers late, and not at all once the deadline is over', async () => {
  const { provider, slept } = await running({ timeoutMs: 2000 });
  provider.faults.add({ point: 'inspect', fault: { kind: 'slow', ms: 1500 } });
  provider.faults.add({ point: 'inspect', fault: { kind: 'slow', ms: 9000 } });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'running' });
  const late = provider.inspect(MACHINE);
  await expect(late).rejects.toBeInstanceOf(ProviderError);
  await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', retryable: true });
  expect(slept).toEqual([1500, 2000]);
});

it('lets an operation fail that it took', async () => {
  const { provider } = await running();
  const fault = { kind: 'operation-fails', code: 'PROVIDER_FAILED', message: 'engine is angry' } as const;
  provider.faults.add({ point: 'copy', fault });
  await provider.copy(actionOf(MACHINE, 2), MACHINE);
  expect(await provider.inspect(MACHINE)).toMatchObject({
    operation: { status: 'failed', error: { code: 'PROVIDER_FAILED', message: 'engine is angry' } },
    lastCopy: null,
  });
});

it('loses a machine with its disk, but not what it did for it', async () => {
  const { provider } = await running();
  provider.lose(MACHINE);
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'absent', diskPresent: false });
  await expect(provider.start(actionOf(MACHINE, 1), MACHINE)).rejects.toMatchObject({ code: 'CONFLICT' });
});
