import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { answering, ended, eventually, facts } from '../../test/host-process.ts';
import { order } from '../../test/orders.ts';
import type { Bench } from './suite-bench.ts';

/** What outlives a host-agent: its machines. */
export function survivalSuite(bench: Bench): void {
  it('finds its machines again after it was killed', async () => {
    const machineId = await bench.running();
    const before = await bench.host.client.machines.inspect({ machineId });
    const { pid } = await facts(bench.host, machineId);
    await bench.host.end('SIGKILL');
    await bench.again();
    const after = await bench.host.client.machines.inspect({ machineId });
    expect(after).toMatchObject({
      state: 'running',
      instanceId: before.instanceId,
      startedAt: before.startedAt,
    });
    expect((await facts(bench.host, machineId)).pid).toBe(pid);
    expect(await bench.act('stop', machineId, 2)).toMatchObject({ state: 'stopped' });
  });

  it('parks its machines at its own stop and brings them back as they were', async () => {
    const machineId = await bench.running();
    const resting = await bench.running();
    await bench.act('stop', resting, 2);
    await bench.host.fetchMachine(machineId, 'web', '/write?name=kept.txt&text=still-here');
    await bench.host.end('SIGTERM');
    await bench.again();
    await eventually(
      () => bench.host.client.machines.inspect({ machineId }),
      ({ state }) => state === 'running',
    );
    await answering(bench.host, machineId);
    const kept = await bench.host.client.machines.exec({
      machineId,
      command: ['cat', 'data/kept.txt'],
      timeoutMs: 5_000,
    });
    expect(kept.stdout).toBe('still-here');
    const stopped = await eventually(
      () => bench.host.client.machines.inspect({ machineId: resting }),
      ({ state }) => state !== 'starting',
    );
    expect(stopped).toMatchObject({ state: 'stopped', diskPresent: true });
    expect(await bench.act('start', resting, 3)).toMatchObject({ state: 'running' });
  });

  it('settles a create that a crash interrupted', async () => {
    const request = order({ slot: bench.slot() });
    const { machineId } = request.identity;
    await bench.host.client.machines.create(request);
    await bench.host.end('SIGKILL');
    await bench.again();
    const { operation, state } = await bench.host.client.machines.inspect({ machineId });
    expect(operation!.status).not.toBe('running');
    // Whichever moment the crash hit: all of the machine is there, or nothing of it.
    if (operation!.status === 'done') await answering(bench.host, machineId);
    else expect(state).toBe('absent');
  });
}

/** What outlives a machine: copies of its data. */
export function copySuite(bench: Bench): void {
  it('copies data and restores it into another machine', async () => {
    const machineId = await bench.running();
    await bench.host.fetchMachine(machineId, 'web', '/write?name=note.txt&text=precious');
    await bench.act('stop', machineId, 2);
    const { operation, lastCopy } = await bench.act('copy', machineId, 3);
    expect(operation).toMatchObject({ status: 'done' });
    expect(lastCopy).toMatchObject({ machineId });
    await bench.act('destroy', machineId, 4);
    expect(await bench.host.client.machines.copies({ machineId })).toEqual([lastCopy]);

    const heir = await bench.running({ generation: 2, restoreCopyId: lastCopy!.copyId });
    const note = await bench.host.client.machines.exec({
      machineId: heir,
      command: ['cat', 'data/note.txt'],
      timeoutMs: 5_000,
    });
    expect(note.stdout).toBe('precious');
    await bench.host.fetchMachine(heir, 'web', '/write?name=note.txt&text=changed');
  });

  it('makes nothing from a copy that does not match its checksum', async () => {
    const machineId = await bench.running();
    const { lastCopy } = await bench.act('copy', machineId, 2);
    const archive = join(bench.place.state, 'copies', machineId, `${lastCopy!.copyId}.tar.gz`);
    await truncate(archive, (await readFile(archive)).length - 1);
    const request = order({ slot: bench.slot(), restoreCopyId: lastCopy!.copyId });
    const heir = request.identity.machineId;
    const { operation, state } = await ended(
      bench.host,
      heir,
      await bench.host.client.machines.create(request),
    );
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'COPY_CORRUPT' } });
    expect(state).toBe('absent');
    expect((await bench.host.client.machines.list()).map((machine) => machine.machineId)).not.toContain(heir);
  });

  it('keeps the five newest copies', async () => {
    const machineId = await bench.running();
    for (let sequence = 2; sequence <= 8; sequence += 1) await bench.act('copy', machineId, sequence);
    const copies = await bench.host.client.machines.copies({ machineId });
    expect(copies.map(({ copyId }) => copyId)).toEqual(
      [8, 7, 6, 5, 4].map((sequence) => `${machineId}.${sequence}`),
    );
  });
}
