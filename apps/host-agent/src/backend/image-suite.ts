import { appendFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { answering, ended, facts, RUNTIME } from '../../test/host-process.ts';
import { action, order } from '../../test/orders.ts';
import type { Bench } from './suite-bench.ts';

const VERSIONS = { platform: 'main', customer: 'v2' };

/** What a machine is made from, and can be made from anew. */
export function imageSuite(bench: Bench): void {
  it('runs a machine from another image over the same disk, and from the first one again', async () => {
    const machineId = await bench.running();
    await bench.host.fetchMachine(machineId, 'web', '/write?name=note.txt&text=precious');
    const { image: first } = await bench.host.client.host.info();
    const second = await nextImage(bench);
    expect((await bench.host.client.host.images()).map(({ image }) => image)).toEqual(
      expect.arrayContaining([first, second]),
    );
    expect(await bench.host.client.machines.inspect({ machineId })).toMatchObject({ image: first });

    const rebuild = { machineId, action: action(machineId, 2), image: second, versions: VERSIONS };
    const rebuilt = await ended(bench.host, machineId, await bench.host.client.machines.rebuild(rebuild));
    expect(rebuilt).toMatchObject({
      state: 'running',
      image: second,
      operation: { kind: 'rebuild', status: 'done' },
    });
    await answering(bench.host, machineId);
    expect((await facts(bench.host, machineId)).spec).toMatchObject({
      image: second,
      versions: VERSIONS,
      versionsFrom: rebuild.action.id,
    });
    expect(await note(bench, machineId)).toBe('precious');

    const again = await ended(bench.host, machineId, await bench.host.client.machines.rebuild(rebuild));
    expect(again.instanceId).toBe(rebuilt.instanceId);
    const back = { ...rebuild, action: action(machineId, 3), image: first };
    const old = await ended(bench.host, machineId, await bench.host.client.machines.rebuild(back));
    expect(old).toMatchObject({ state: 'running', image: first });
    expect(await note(bench, machineId)).toBe('precious');
  });

  it('makes a machine from an older image where that is asked for', async () => {
    const { image: first } = await bench.host.client.host.info();
    await nextImage(bench);
    const machineId = await bench.running({ image: first });
    expect(await bench.host.client.machines.inspect({ machineId })).toMatchObject({ image: first });
  });

  it('refuses an image that it does not have, and leaves the machine alone', async () => {
    const machineId = await bench.running();
    const before = await bench.host.client.machines.inspect({ machineId });
    const image = `sha256:${'0'.repeat(64)}`;
    const refused = {
      code: 'IMAGE_NOT_FOUND',
      status: 404,
      data: { retryable: false, field: 'image', expected: expect.stringContaining('one of the host') },
    };
    const rebuild = { machineId, action: action(machineId, 2), image, versions: VERSIONS };
    await expect(bench.host.client.machines.rebuild(rebuild)).rejects.toMatchObject(refused);
    const create = order({ slot: bench.slot(), image });
    await expect(bench.host.client.machines.create(create)).rejects.toMatchObject(refused);
    expect(await bench.host.client.machines.inspect({ machineId })).toEqual(before);
    const { state } = await bench.host.client.machines.inspect({ machineId: create.identity.machineId });
    expect(state).toBe('absent');
  });

  it('ends a rebuild that a crash interrupted: the machine is there, from one of the two images', async () => {
    const machineId = await bench.running();
    const { image: first } = await bench.host.client.host.info();
    const second = await nextImage(bench);
    const rebuild = { machineId, action: action(machineId, 2), image: second, versions: VERSIONS };
    await bench.host.client.machines.rebuild(rebuild);
    await bench.host.end('SIGKILL');
    await bench.again();
    const { operation, state, image } = await bench.host.client.machines.inspect({ machineId });
    expect(operation!.status).not.toBe('running');
    expect({ state, image }).toEqual({
      state: 'running',
      image: operation!.status === 'done' ? second : first,
    });
  });
}

/** Starts the host-agent again with an image of different content, and says which. */
async function nextImage(bench: Bench): Promise<string> {
  const imageDir = join(bench.place.root, `image-${bench.slot()}`);
  await cp(RUNTIME, imageDir, { recursive: true });
  await appendFile(join(imageDir, 'runtime.cjs'), `\n// ${imageDir}\n`);
  await bench.host.end('SIGKILL');
  await bench.again({ imageDir });
  return (await bench.host.client.host.info()).image;
}

async function note(bench: Bench, machineId: string): Promise<string> {
  const command = ['cat', 'data/note.txt'];
  return (await bench.host.client.machines.exec({ machineId, command, timeoutMs: 5_000 })).stdout;
}
