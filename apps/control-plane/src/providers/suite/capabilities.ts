import { CAPABILITIES } from '@fettle/contract';
import { expect, it } from 'vitest';
import { actionOf, failureOf, type SuiteBench } from './bench.ts';

/** What machines of the type can do and be told of, one by one; what they cannot is refused, or told as unknown. */
export function capabilityChecks(bench: () => SuiteBench): void {
  it('declares what machines of its type can do', () => {
    const { type, capabilities } = bench().provider;
    const { regions: _, ...declared } = capabilities;
    expect(CAPABILITIES[type]).toMatchObject(declared);
  });

  it('gives a machine another image over the same disk, or says that it cannot', async () => {
    const { provider, test } = bench();
    const machineId = await bench().created();
    await bench().write(machineId, 'data/note.txt', 'precious');
    const before = await provider.inspect(machineId);
    const order = { image: test.otherImage, versions: test.versions };
    const rebuild = () => provider.rebuild(actionOf(machineId, 2), machineId, order);
    if (!provider.capabilities.rebuild) {
      expect(await failureOf(rebuild())).toMatchObject({ code: 'UNSUPPORTED', retryable: false });
      expect(await provider.inspect(machineId)).toEqual(before);
      return;
    }
    await rebuild();
    await rebuild();
    const after = await bench().ended(machineId, 2);
    expect(after).toMatchObject({ state: 'running', image: order.image, operation: { status: 'done' } });
    expect(before.image).not.toBe(order.image);
    expect(await bench().exec(machineId, ['cat', 'data/note.txt'])).toMatchObject({ stdout: 'precious' });
    expect(await test.countMachines(machineId)).toBe(1);
  });

  it('leaves a machine as it is when there is no such image to rebuild it from', async () => {
    const { provider, test } = bench();
    const machineId = await bench().created();
    const order = { image: 'no-such-image', versions: test.versions };
    const rebuild = provider.rebuild(actionOf(machineId, 2), machineId, order);
    const code = provider.capabilities.rebuild ? 'IMAGE_NOT_FOUND' : 'UNSUPPORTED';
    expect(await bench().reasonOf(rebuild, machineId, 2)).toBe(code);
    expect(await provider.inspect(machineId)).toMatchObject({ state: 'running', diskPresent: true });
  });

  it('makes a machine from the image that it is told, and none from one that does not exist', async () => {
    const { provider, test } = bench();
    const nothing = bench().order({ image: 'no-such-image' });
    const { machineId } = nothing.identity;
    const create = provider.create(actionOf(machineId, 1), nothing);
    expect(await bench().reasonOf(create, machineId, 1)).toBe('IMAGE_NOT_FOUND');
    expect(await provider.inspect(machineId)).toMatchObject({ state: 'absent', diskPresent: false });
    const other = await bench().created({ image: test.otherImage });
    expect(await provider.inspect(other)).toMatchObject({ image: test.otherImage });
  });

  it('makes machines where they are wanted, or says that it cannot choose', async () => {
    const { provider, test } = bench();
    const code = async (regions: string[], onNoCapacity: 'wait' | 'next-region') => {
      const machine = bench().order({ regions, onNoCapacity });
      const { machineId } = machine.identity;
      const create = provider.create(actionOf(machineId, 1), machine);
      return (await bench().reasonOf(create, machineId, 1)) ?? (await provider.inspect(machineId)).state;
    };
    if (!provider.capabilities.regions) {
      expect(await code(['anywhere'], 'wait')).toBe('UNSUPPORTED');
      return;
    }
    const { free, full } = test.regions ?? { free: '', full: '' };
    expect(await code(['no-such-region'], 'wait')).toBe('REGION_NOT_FOUND');
    expect(await code([full, free], 'wait')).toBe('NO_CAPACITY');
    expect(await code([full, free], 'next-region')).toBe('running');
    expect(await code([full], 'next-region')).toBe('NO_CAPACITY');
  });

  it('tells the exit code, the host and whether memory ran out, or that it does not know', async () => {
    const { exitCodes, hosts } = bench().provider.capabilities;
    const machineId = await bench().created();
    const running = await bench().provider.inspect(machineId);
    expect(running.host === null).toBe(!hosts);
    expect(running.exitCode).toBeNull();
    const stopped = await bench().act('stop', machineId, 2);
    expect(stopped.exitCode === null).toBe(!exitCodes);
    expect(stopped.memoryKilled).toBe(false);
  });
}
