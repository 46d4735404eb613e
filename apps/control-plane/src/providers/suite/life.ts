import { expect, it } from 'vitest';
import { actionOf, failureOf, type SuiteBench } from './bench.ts';

/** A machine's life, and what makes a repeated or late action harmless. */
export function lifeChecks(bench: () => SuiteBench): void {
  it('leads a machine through its whole life', async () => {
    const { provider } = bench();
    const machineId = await bench().created();
    expect(await provider.inspect(machineId)).toMatchObject({
      machineId,
      state: 'running',
      diskPresent: true,
    });
    expect(await bench().act('stop', machineId, 2)).toMatchObject({ state: 'stopped', diskPresent: true });
    expect(await bench().act('start', machineId, 3)).toMatchObject({ state: 'running' });
    const before = await provider.inspect(machineId);
    const after = await bench().act('restart', machineId, 4);
    expect(after).toMatchObject({ state: 'running' });
    expect(after.startedAt).toBeGreaterThanOrEqual(before.startedAt ?? 0);
    // Another run: a host names it by its start alone, and two starts of a fake fall into one millisecond.
    expect([after.instanceId, after.startedAt]).not.toEqual([before.instanceId, before.startedAt]);
    expect(await bench().act('copy', machineId, 5)).toMatchObject({
      operation: { status: 'done' },
      lastCopy: { machineId },
    });
    expect(await bench().act('destroy', machineId, 6)).toMatchObject({
      state: 'absent',
      diskPresent: false,
      instanceId: null,
      lastCopy: { machineId },
    });
  });

  it('finds a machine that it never heard of absent', async () => {
    expect(await bench().provider.inspect('demo.never-made.1')).toMatchObject({
      state: 'absent',
      diskPresent: false,
      operation: null,
      lastCopy: null,
    });
  });

  it('carries an action out once, however often it is asked', async () => {
    const { provider } = bench();
    const machineId = await bench().created();
    const again = actionOf(machineId, 2);
    await Promise.all([provider.restart(again, machineId), provider.restart(again, machineId)]);
    const first = await bench().ended(machineId, 2);
    await provider.restart(again, machineId);
    const second = await bench().ended(machineId, 2);
    expect(second.instanceId).toBe(first.instanceId);
    expect(second.startedAt).toBe(first.startedAt);
    expect(second.operation).toEqual(first.operation);
  });

  it('makes one machine although the answer to its create was lost', async () => {
    const { provider, test } = bench();
    const machine = bench().order();
    const { machineId } = machine.identity;
    await test.loseNextAnswer();
    const lost = await failureOf(provider.create(actionOf(machineId, 1), machine));
    expect(lost.retryable).toBe(true);
    await provider.create(actionOf(machineId, 1), machine);
    expect(await bench().ended(machineId, 1)).toMatchObject({
      state: 'running',
      operation: { status: 'done' },
    });
    expect(await test.countMachines(machineId)).toBe(1);
  });

  it('refuses an action that is older than one that it took', async () => {
    const machineId = await bench().created();
    await bench().act('stop', machineId, 7);
    const error = await failureOf(bench().provider.start(actionOf(machineId, 6), machineId));
    expect(error).toMatchObject({ code: 'STALE_ACTION', retryable: false });
    expect(await bench().provider.inspect(machineId)).toMatchObject({ state: 'stopped' });
  });

  it('remembers actions longer than the machine lives', async () => {
    const machineId = await bench().created();
    await bench().act('destroy', machineId, 5);
    const error = await failureOf(bench().provider.start(actionOf(machineId, 4), machineId));
    expect(error.code).toBe('STALE_ACTION');
  });

  it('refuses an id that was used for something else, and an id of another machine', async () => {
    const { provider } = bench();
    const machineId = await bench().created();
    await bench().act('stop', machineId, 2);
    expect((await failureOf(provider.start(actionOf(machineId, 2), machineId))).code).toBe('CONFLICT');
    const foreign = { id: 'demo.other.1/9', sequence: 9 };
    expect((await failureOf(provider.start(foreign, machineId))).code).toBe('BAD_REQUEST');
  });

  it('does not create over what is there', async () => {
    const { provider } = bench();
    const machineId = await bench().created({ slot: 'taken' });
    const before = await provider.inspect(machineId);
    const again = provider.create(actionOf(machineId, 2), bench().order({ slot: 'taken' }));
    expect(await bench().reasonOf(again, machineId, 2)).toBe('CONFLICT');
    const after = await provider.inspect(machineId);
    expect(after).toMatchObject({ state: 'running', instanceId: before.instanceId });
  });

  it('says why a machine that is not there cannot be started', async () => {
    const machineId = 'demo.never-started.1';
    const start = bench().provider.start(actionOf(machineId, 1), machineId);
    expect(await bench().reasonOf(start, machineId, 1)).toBe('MACHINE_NOT_FOUND');
    expect(await bench().provider.inspect(machineId)).toMatchObject({ state: 'absent' });
  });

  it('tells a host that is out of reach from a machine that is gone', async () => {
    const { outOfReach } = bench().test;
    const machineId = await bench().created();
    for (const call of [
      () => outOfReach.inspect(machineId),
      () => outOfReach.exec(machineId, { command: ['true'], timeoutMs: 500 }),
      () => outOfReach.stop(actionOf(machineId, 2), machineId),
    ])
      expect(await failureOf(call())).toMatchObject({ code: 'HOST_UNREACHABLE', retryable: true });
    expect(await bench().provider.inspect(machineId)).toMatchObject({ state: 'running' });
  });
}
